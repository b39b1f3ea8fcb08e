#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// Squared distance from the centre of every pixel to that of the nearest true pixel of `mask` (bool [H,W]),
/// where pixels are `scale_y` high and `scale_x` wide: double [H,W] on the CPU, exact but for rounding, 0 on
/// the mask itself. Infinite everywhere when the mask is empty.
Tensor squared_distance(const Tensor& mask, double scale_y, double scale_x);

}  // namespace assay
