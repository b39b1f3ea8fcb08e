#pragma once

#include "harness/network/tensor.h"

namespace assay {

// Tensor -> tensor; leading dimensions are a batch unless a shape is written out. Types are kept unless said
// otherwise.

/// Per-channel convolution of [N,C,H,W] with a normalised separable kernel, border reflect-101 (OpenCV's
/// default).
Tensor gaussian_blur(const Tensor& images, std::int64_t size, double sigma);
/// With a kernel that reaches three standard deviations; `sigma` 0 leaves the images as they are.
Tensor gaussian_blur(const Tensor& images, double sigma);
Tensor box_blur(const Tensor& images, std::int64_t size);
/// OpenCV's rule for sigma = 0: 0.3 ((size - 1) / 2 - 1) + 0.8.
double default_sigma(std::int64_t size);

/// Maximum over a 3x3 neighbourhood (border ignored), `times` times: grey values [...,H,W], or 0/1 masks of
/// any type.
Tensor dilate(const Tensor& maps, std::int64_t times);

/// [...,h,w] -> [...,height,width]. Keys cubic, a = -0.75, half-pixel centres, replicated border, separable.
Tensor resize_bicubic(const Tensor& maps, std::int64_t height, std::int64_t width);
/// Half-pixel centres (align_corners = false). Plane by plane: the kernel's last bits depend on their number.
Tensor resize_bilinear(const Tensor& maps, std::int64_t height, std::int64_t width);

/// Each map [...,H,W] to [0,1] in double, returned as float32; a constant map becomes 0.
Tensor min_max(const Tensor& maps);

/// Masks of one map [H,W] as bool [H,W].
/// Exactly floor(rho N + 0.5) pixels, highest values first, ties in row-major order.
Tensor top_mask(const Tensor& map, double rho);
/// The same with ties in a seeded random order.
Tensor top_mask_random_ties(const Tensor& map, double rho, std::uint64_t seed);
/// H >= ascending_sort[floor(min(1 - rho, 0.9) N)], ties all in (papers.md 8.4, "threshold rho").
Tensor authors_mask(const Tensor& map, double rho);

/// Sobel gradient magnitude of the grey image: pixels [N,3,H,W] -> [N,H,W].
Tensor sobel(const Tensor& pixels);

}  // namespace assay
