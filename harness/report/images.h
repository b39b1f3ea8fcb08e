#pragma once

#include <cstddef>
#include <vector>

#include "harness/store/unit_result.h"

namespace assay {

/// By sample, the index of its image (SampleRow::image; a sample without one is an image of its own), counted
/// in the order of their first samples. Samples of one image are no independent observations: bootstraps draw
/// images, tests compare images.
std::vector<std::size_t> image_indices(const std::vector<SampleRow>& samples);

/// How many images such indices have.
std::size_t image_count(const std::vector<std::size_t>& indices);

}  // namespace assay
