#pragma once

#include <string>

#include "harness/run/plan.h"

namespace assay {

/// Writes which images a plan uses as comma-separated values: a line a sample, for mosaics a line a tile of
/// each mosaic, with columns dataset, picture, sample, tile, file and label. Throws DataError when the file
/// cannot be written.
void write_sample_list(const Plan& plan, const std::string& file);

}  // namespace assay
