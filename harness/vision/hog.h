#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Histograms of oriented gradients of a map [H,W] (Dalal & Triggs, CVPR 2005), blocks in row-major order,
/// inside a block cells, inside a cell orientations. Central differences, 0 at the border; nine orientations
/// over half a circle, each pixel in one of them with its magnitude; cells of `cell` x `cell` pixels, what is
/// left over at the bottom and the right is left out; blocks of 3 x 3 cells (fewer where a side has fewer),
/// one cell apart, scaled to length 1, cut off at 0.2 and scaled again. Empty where no cell fits.
std::vector<double> hog_features(const Tensor& map, std::int64_t cell);

}  // namespace assay
