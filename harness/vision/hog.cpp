#include "harness/vision/hog.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "harness/core/error.h"

namespace assay {
namespace {

constexpr std::int64_t kOrientations = 9, kBlock = 3;
constexpr double kLongest = 0.2, kTiny = 1e-5;

/// Sums of magnitudes by cell and orientation.
struct CellHistograms {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> sums;  // [rows, columns, orientations]
};

CellHistograms histograms_of(const Tensor& map, std::int64_t cell) {
  const Tensor values = map.to(at::kCPU, at::kDouble).contiguous();
  const std::int64_t height = values.size(0), width = values.size(1);
  const double* value = values.data_ptr<double>();
  CellHistograms made{height / cell, width / cell, {}};
  made.sums.resize(static_cast<std::size_t>(made.rows * made.columns * kOrientations));
  for (std::int64_t y = 0; y < made.rows * cell; ++y)
    for (std::int64_t x = 0; x < made.columns * cell; ++x) {
      const double* here = value + y * width + x;
      const double dy = y > 0 && y + 1 < height ? here[width] - here[-width] : 0;
      const double dx = x > 0 && x + 1 < width ? here[1] - here[-1] : 0;
      double angle = std::atan2(dy, dx) / std::numbers::pi;  // in half circles
      if (angle < 0) angle += 1;
      const auto bin = static_cast<std::int64_t>(angle * kOrientations) % kOrientations;
      const std::int64_t place = (y / cell * made.columns + x / cell) * kOrientations + bin;
      made.sums[static_cast<std::size_t>(place)] += std::hypot(dy, dx);
    }
  return made;
}

void scale_to_unit(std::span<double> block) {
  double squares = kTiny * kTiny;
  for (const double value : block) squares += value * value;
  for (double& value : block) value /= std::sqrt(squares);
}

}  // namespace

std::vector<double> hog_features(const Tensor& map, std::int64_t cell) {
  ASSAY_ASSERT(map.dim() == 2 && cell > 0);
  const CellHistograms cells = histograms_of(map, cell);
  const std::int64_t high = std::min(kBlock, cells.rows), wide = std::min(kBlock, cells.columns);
  std::vector<double> features;
  if (high == 0 || wide == 0) return features;
  for (std::int64_t top = 0; top + high <= cells.rows; ++top)
    for (std::int64_t left = 0; left + wide <= cells.columns; ++left) {
      const std::size_t begin = features.size();
      for (std::int64_t y = top; y < top + high; ++y) {
        const auto row = cells.sums.begin() + (y * cells.columns + left) * kOrientations;
        features.insert(features.end(), row, row + wide * kOrientations);
      }
      const std::span<double> block(features.begin() + static_cast<std::ptrdiff_t>(begin), features.end());
      scale_to_unit(block);
      for (double& value : block) value = std::min(value, kLongest);
      scale_to_unit(block);
    }
  return features;
}

}  // namespace assay
