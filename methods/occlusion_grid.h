#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// The part of a square patch that lies inside the image: rows [top, bottom), columns [left, right), in
/// pixels.
struct Patch {
  std::int64_t top, left, bottom, right;
};

/// Positions of a square patch along both sides of an image, row by row.
/// overhang: first corner at -(size-1), last at the largest multiple of stride behind it that is below the
/// side (every pixel is covered as often as any other, up to rounding). Otherwise windows stay inside: 0,
/// stride, ... while they fit.
std::vector<Patch> patch_positions(std::int64_t height, std::int64_t width, std::int64_t size,
                                   std::int64_t stride, bool overhang);

/// What the scores p_j of the occluded images say about each pixel i, as [H,W] in double. Rectangles are
/// added one by one in the order of j, so that pixels under the same patches have the same bits.
struct PatchSums {
  Tensor covered;  // sum of p_j over the patches j that cover i
  Tensor count;    // n_i, their number
  double total;    // sum of all p_j
  double patches;  // J, their number
};
PatchSums sum_patches(const std::vector<Patch>& patches, const std::vector<double>& scores,
                      std::int64_t height, std::int64_t width);

/// H [H,W] (occ.cpp): corrected = 1 - covered / count, with `p_full` (score of the whole image) where nothing
/// covers; literal = 1 - (total - covered) / J.
Tensor corrected_map(const PatchSums& sums, double p_full);
Tensor literal_map(const PatchSums& sums);

}  // namespace assay
