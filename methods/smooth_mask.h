#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// Masks [A,H,W] from coarse nodes [A,ceil(H/spacing),ceil(W/spacing)] in 0..1 by max-convolution (Fong,
/// Patrick & Vedaldi, "Understanding deep networks via extremal perturbations and smooth masks", ICCV 2019):
///   m(u) = smax_v k(|u - v| / radius) n(v),  k(r) = exp(-2 max(0, r - 1/2)^2),
///   smax_v f(v) = sum_v f(v) exp(f(v) / T) / sum_v exp(f(v) / T),  T = 1/20
/// over the nodes v up to 1 + ceil(radius / spacing) away along each side (outside the grid as the nearest
/// inside), each at the centre of its square of `spacing` pixels. A node of value 1 makes a disc of 1;
/// nothing smaller can be made. Differentiable; of the type of `nodes`.
Tensor smooth_mask(const Tensor& nodes, std::int64_t spacing, double radius, std::int64_t height,
                   std::int64_t width);

}  // namespace assay
