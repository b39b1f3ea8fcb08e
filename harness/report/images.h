#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/store/unit_result.h"

namespace assay {

/// The image that a sample shows, by the sample's name: "0001.jpg" of "0001.jpg/dog" and "grid-0007" of
/// "grid-0007/cell-2", because several classes of one image are several samples; the name itself where it has
/// no
/// '/', or ends like a file ("dogs/0001.jpg").
std::string image_name(const std::string& sample);

/// By sample, the index of its image, counted in the order of their first samples. Samples of one image are
/// no independent observations: bootstraps draw images, tests compare images.
std::vector<std::size_t> image_indices(const std::vector<SampleRow>& samples);

/// How many images such indices have.
std::size_t image_count(const std::vector<std::size_t>& indices);

}  // namespace assay
