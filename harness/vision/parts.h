#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// The 4-connected parts of an image whose pixels have `labels` [height*width], row by row. One smaller than
/// `least` pixels is merged into an earlier one that its first pixel touches: of the pixels to the left,
/// above, to the right and below, the last that belongs to one (the rule of Achanta's code); the first part,
/// which has no earlier one, into the first other part that its pixels touch. Int64 [height,width] on the
/// CPU, 0 .. n-1 in the order in which rows first show them.
Tensor connected_parts(const std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width,
                       double least);

}  // namespace assay
