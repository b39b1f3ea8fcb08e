#include "methods/occlusion_grid.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

std::vector<std::int64_t> corners(std::int64_t side, std::int64_t size, std::int64_t stride, bool overhang) {
  std::vector<std::int64_t> firsts;
  const std::int64_t last = overhang ? side - 1 : side - size;
  for (std::int64_t at = overhang ? 1 - size : 0; at <= last; at += stride) firsts.push_back(at);
  return firsts;
}

}  // namespace

std::vector<Patch> patch_positions(std::int64_t height, std::int64_t width, std::int64_t size,
                                   std::int64_t stride, bool overhang) {
  std::vector<Patch> patches;
  for (const std::int64_t row : corners(height, size, stride, overhang))
    for (const std::int64_t column : corners(width, size, stride, overhang))
      patches.push_back({std::max<std::int64_t>(row, 0), std::max<std::int64_t>(column, 0),
                         std::min(row + size, height), std::min(column + size, width)});
  return patches;
}

PatchSums sum_patches(const std::vector<Patch>& patches, const std::vector<double>& scores,
                      std::int64_t height, std::int64_t width) {
  ASSAY_ASSERT(patches.size() == scores.size());
  PatchSums sums{at::zeros({height, width}, at::kDouble), at::zeros({height, width}, at::kDouble), 0,
                 static_cast<double>(patches.size())};
  double* covered = sums.covered.data_ptr<double>();
  double* count = sums.count.data_ptr<double>();
  for (std::size_t j = 0; j < patches.size(); ++j) {
    sums.total += scores[j];
    for (std::int64_t row = patches[j].top; row < patches[j].bottom; ++row)
      for (std::int64_t at = row * width + patches[j].left; at < row * width + patches[j].right; ++at) {
        covered[at] += scores[j];
        count[at] += 1;
      }
  }
  return sums;
}

Tensor corrected_map(const PatchSums& sums, double p_full) {
  return 1 - (sums.covered / sums.count).masked_fill(sums.count == 0, p_full);
}

Tensor literal_map(const PatchSums& sums) {
  return 1 - (sums.total - sums.covered) / sums.patches;
}

}  // namespace assay
