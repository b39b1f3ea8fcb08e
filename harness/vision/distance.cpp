#include "harness/vision/distance.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Squared distance within the column: infinite where the column has no true pixel.
Tensor squared_along_columns(const Tensor& mask, double scale) {
  const Tensor squared = at::empty(mask.sizes(), at::kDouble);
  const auto from = mask.accessor<bool, 2>();
  auto to = squared.accessor<double, 2>();
  const std::int64_t height = mask.size(0);
  for (std::int64_t x = 0; x < mask.size(1); ++x) {
    double rows = kInfinity;
    for (std::int64_t y = 0; y < height; ++y) to[y][x] = rows = from[y][x] ? 0 : rows + 1;
    rows = kInfinity;
    for (std::int64_t y = height; y-- > 0;) {
      rows = from[y][x] ? 0 : rows + 1;
      const double nearest = scale * std::min(to[y][x], rows);
      to[y][x] = nearest * nearest;
    }
  }
  return squared;
}

/// By distance in columns.
std::vector<double> squares(std::int64_t width, double scale) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < width; ++i)
    all.push_back(scale * static_cast<double>(i) * scale * static_cast<double>(i));
  return all;
}

}  // namespace

Tensor squared_distance(const Tensor& mask, double scale_y, double scale_x) {
  ASSAY_ASSERT(mask.dim() == 2 && mask.scalar_type() == at::kBool);
  const Tensor within = squared_along_columns(mask.to(at::kCPU), scale_y);
  const Tensor nearest = at::full(mask.sizes(), kInfinity, at::kDouble);
  const auto column = within.accessor<double, 2>();
  auto to = nearest.accessor<double, 2>();
  const std::int64_t width = mask.size(1);
  const std::vector<double> across = squares(width, scale_x);
  for (std::int64_t y = 0; y < mask.size(0); ++y)
    for (std::int64_t k = 0; k < width; ++k) {
      if (column[y][k] == kInfinity) continue;
      for (std::int64_t x = 0; x < width; ++x)
        to[y][x] = std::min(to[y][x], column[y][k] + across[static_cast<std::size_t>(std::abs(x - k))]);
    }
  return nearest;
}

}  // namespace assay
