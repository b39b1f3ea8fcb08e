#pragma once

#include <string>
#include <vector>

#include "harness/data/dataset.h"

namespace assay {

// Layouts that more than one dataset kind reads.

/// The images of a text file with 'image label' or 'image label;label' lines, relative to `root` (default:
/// the folder of the file). Throws DataError at FILE:LINE.
std::vector<Sample> samples_of_list(const std::string& file, const std::string& root = "");

/// One folder a class, in the order of their names or of a class list (empty: none). Throws DataError.
std::vector<Sample> samples_of_folders(const std::string& folder, const std::string& classes = "");

}  // namespace assay
