#pragma once

#include <vector>

#include "harness/network/state.h"
#include "harness/network/subject.h"
#include "methods/occlusion_grid.h"

namespace assay::bench {

/// A grey square of an occlusion: its first corner, which may lie outside the image.
struct Square {
  std::int64_t top = 0, left = 0, size = 0;
};

/// Value of the squares, 0..255 (methods/occ.cpp).
inline constexpr double kGrey = 127.5;

/// The squares of `occ` with overhang, row by row.
std::vector<Square> squares_on_grid(const Network& network, std::int64_t size, std::int64_t stride);

/// `count` of the squares centred on each pixel of the image, evenly spaced in row-major order: a sample of
/// what stride 1 asks for.
std::vector<Square> squares_on_pixels(const Network& network, std::int64_t size, std::int64_t count);

/// The part inside the image.
Patch inside(const Square& square, const Network& network);

/// The squares as Subject::predict() takes them.
std::vector<Perturbation> perturbations(const Network& network, const std::vector<Square>& squares);

/// The squares painted on one image's pixels [3,H,W], for full forwards. `pixels` and `squares` must outlive
/// it.
FillBatch painted(const Network& network, const Tensor& pixels, const std::vector<Square>& squares);

}  // namespace assay::bench
