#include "harness/vision/similarity.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "harness/core/error.h"
#include "harness/vision/hog.h"

namespace assay {
namespace {

using Values = std::vector<double>;

Values values_of_map(const Tensor& map) {
  const Tensor flat = map.to(at::kCPU, at::kDouble).contiguous();
  const double* first = flat.data_ptr<double>();
  return {first, first + flat.numel()};
}

Values magnitudes(Values values) {
  for (double& value : values) value = std::abs(value);
  return values;
}

bool tells_something(const Tensor& map) {
  return at::isfinite(map).all().item<bool>() && (map.max() > map.min()).item<bool>();
}

/// Pearson's r; NaN where either side is constant.
double linear_correlation(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean_of(a), mean_b = mean_of(b);
  double aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = a[i] - mean_a, y = b[i] - mean_b;
    aa += x * x, bb += y * y, ab += x * y;
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : kNaN;
}

double rank_correlation(const Values& a, const Values& b) {
  return linear_correlation(average_ranks(a), average_ranks(b));
}

std::vector<double> window_weights(SsimWindow window) {
  if (window == SsimWindow::uniform) return Values(5, 0.2);
  Values weights;
  double sum = 0;
  for (int i = -5; i <= 5; ++i) sum += weights.emplace_back(std::exp(-i * i / (2 * 1.5 * 1.5)));
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Weighted means over the windows that lie inside a map: separable, rows first.
class WindowMeans {
 public:
  WindowMeans(std::int64_t height, std::int64_t width, Values weights)
      : height_(height), width_(width), weights_(std::move(weights)) {}

  Values of(const Values& a, const Values& b) const {
    const auto n = static_cast<std::int64_t>(weights_.size());
    const std::int64_t rows = height_ - n + 1, columns = width_ - n + 1;
    Values along(static_cast<std::size_t>(height_ * columns)),
        means(static_cast<std::size_t>(rows * columns));
    for (std::int64_t y = 0; y < height_; ++y)
      for (std::int64_t x = 0; x < columns; ++x)
        for (std::int64_t k = 0; k < n; ++k) {
          const auto from = static_cast<std::size_t>(y * width_ + x + k);
          along[static_cast<std::size_t>(y * columns + x)] +=
              weights_[static_cast<std::size_t>(k)] * a[from] * b[from];
        }
    for (std::int64_t y = 0; y < rows; ++y)
      for (std::int64_t k = 0; k < n; ++k)
        for (std::int64_t x = 0; x < columns; ++x)
          means[static_cast<std::size_t>(y * columns + x)] +=
              weights_[static_cast<std::size_t>(k)] * along[static_cast<std::size_t>((y + k) * columns + x)];
    return means;
  }

 private:
  std::int64_t height_, width_;
  Values weights_;
};

}  // namespace

Tensor scaled_map(const Tensor& map, MapScale scale) {
  const Tensor values = map.to(at::kCPU, at::kDouble);
  if (scale == MapScale::none) return values;
  if (scale == MapScale::min_max) {
    const Tensor range = values.max() - values.min();
    return (values - values.min()) / at::where(range == 0, at::ones_like(range), range);
  }
  if (scale == MapScale::second_moment) {
    const Tensor root = values.square().mean().sqrt();
    return values / at::where(root == 0, at::ones_like(root), root);
  }
  const Values sizes = magnitudes(values_of_map(values));
  double cut = quantile_of(sizes, 0.99);
  if (cut == 0) cut = *std::ranges::max_element(sizes);
  return cut > 0 ? (values / cut).clamp(-1, 1) : values;
}

double ssim(const Tensor& a, const Tensor& b, SsimWindow window) {
  ASSAY_ASSERT(a.dim() == 2 && a.sizes() == b.sizes());
  const Values weights = window_weights(window), x = values_of_map(a), y = values_of_map(b);
  if (std::min(a.size(0), a.size(1)) < std::ssize(weights)) return kNaN;
  const auto [low_x, high_x] = std::ranges::minmax(x);
  const auto [low_y, high_y] = std::ranges::minmax(y);
  const double range = std::max(high_x, high_y) - std::min(low_x, low_y);
  const double c1 = std::pow(0.01 * range, 2), c2 = std::pow(0.03 * range, 2);
  const WindowMeans means(a.size(0), a.size(1), weights);
  const Values ones(x.size(), 1.0);
  const Values mean_x = means.of(x, ones), mean_y = means.of(y, ones);
  const Values xx = means.of(x, x), yy = means.of(y, y), xy = means.of(x, y);
  double sum = 0;
  for (std::size_t i = 0; i < xy.size(); ++i) {
    const double mx = mean_x[i], my = mean_y[i];
    const double covariance = xy[i] - mx * my, variances = (xx[i] - mx * mx) + (yy[i] - my * my);
    sum += (2 * mx * my + c1) * (2 * covariance + c2) / ((mx * mx + my * my + c1) * (variances + c2));
  }
  return sum / static_cast<double>(xy.size());
}

MapSimilarity similarity_of(const Tensor& a, const Tensor& b, const SimilarityRules& rules) {
  ASSAY_ASSERT(a.dim() == 2 && a.sizes() == b.sizes());
  if (!tells_something(a) || !tells_something(b)) return {};
  const Tensor scaled_a = scaled_map(a, rules.scale), scaled_b = scaled_map(b, rules.scale);
  const bool cut = rules.scale == MapScale::percentile;
  const Values x = values_of_map(cut ? scaled_a : a), y = values_of_map(cut ? scaled_b : b);
  return {.spearman = rank_correlation(x, y),
          .absolute = rank_correlation(magnitudes(x), magnitudes(y)),
          .ssim = ssim(scaled_a, scaled_b, rules.window),
          .hog = linear_correlation(hog_features(scaled_a, rules.cell), hog_features(scaled_b, rules.cell))};
}

double histogram_entropy(const Tensor& map, std::int64_t bins) {
  ASSAY_ASSERT(bins > 0);
  if (!tells_something(map)) return kNaN;
  const Values values = values_of_map(map);
  const auto [low, high] = std::ranges::minmax(values);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(bins));
  for (const double value : values) {
    const auto bin = static_cast<std::int64_t>((value - low) / (high - low) * static_cast<double>(bins));
    ++counts[static_cast<std::size_t>(std::min(bin, bins - 1))];
  }
  double entropy = 0;
  for (const std::int64_t count : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(values.size());
    if (count > 0) entropy -= share * std::log(share);
  }
  return entropy;
}

}  // namespace assay
