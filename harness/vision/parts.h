#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// The 4-connected parts of an image whose pixels have `labels` [height*width], row by row; those smaller
/// than `least` pixels are merged, in the order in which rows first show them, into the neighbour with which
/// they have the longest border, until they are not. Int64 [height,width] on the CPU, 0 .. n-1 in the order
/// in which rows first show them.
Tensor connected_parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width,
                       double least);

}  // namespace assay
