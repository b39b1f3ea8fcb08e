#include "harness/vision/slic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/core/error.h"
#include "harness/vision/parts.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

double linear_light(double value) {
  const double v = value / 255;
  return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
}

double lightness_curve(double t) {
  return t > 216.0 / 24389 ? std::cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

struct Centre {
  double colour[3] = {0, 0, 0};
  double y = 0, x = 0;
};

/// Pixels and the centres to which they belong.
class Clusters {
 public:
  /// `lab` [3,H,W] in double, contiguous.
  Clusters(const Tensor& lab, const SlicSettings& settings)
      : height_(lab.size(1)),
        width_(lab.size(2)),
        lab_(lab.data_ptr<double>()),
        step_(std::max(
            1.0, std::sqrt(static_cast<double>(height_ * width_) / static_cast<double>(settings.segments)))),
        weight_(settings.compactness * settings.compactness / (step_ * step_)) {
    place_centres();
  }

  void assign() {
    std::vector<double> nearest(labels_.size(), std::numeric_limits<double>::infinity());
    const std::int64_t reach = static_cast<std::int64_t>(std::ceil(step_)) + 1;
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      const Centre& centre = centres_[k];
      const std::int64_t y = std::llround(centre.y), x = std::llround(centre.x);
      for (std::int64_t row = std::max<std::int64_t>(y - reach, 0); row < std::min(y + reach + 1, height_);
           ++row)
        for (std::int64_t column = std::max<std::int64_t>(x - reach, 0);
             column < std::min(x + reach + 1, width_); ++column) {
          const auto at = static_cast<std::size_t>(row * width_ + column);
          const double distance = distance_to(centre, row, column);
          if (distance >= nearest[at]) continue;
          nearest[at] = distance;
          labels_[at] = static_cast<std::int64_t>(k);
        }
    }
  }

  /// A centre without pixels stays where it is.
  void move_centres() {
    std::vector<Centre> sums(centres_.size());
    std::vector<double> counts(centres_.size(), 0);
    for (std::int64_t at = 0; at < height_ * width_; ++at) {
      const auto k = static_cast<std::size_t>(labels_[static_cast<std::size_t>(at)]);
      for (int channel = 0; channel < 3; ++channel) sums[k].colour[channel] += colour(channel, at);
      sums[k].y += static_cast<double>(at / width_);
      sums[k].x += static_cast<double>(at % width_);
      counts[k] += 1;
    }
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      if (counts[k] == 0) continue;
      for (double& value : sums[k].colour) value /= counts[k];
      sums[k].y /= counts[k];
      sums[k].x /= counts[k];
      centres_[k] = sums[k];
    }
  }

  const std::vector<std::int64_t>& labels() const { return labels_; }
  double step() const { return step_; }

 private:
  double colour(int channel, std::int64_t at) const { return lab_[channel * height_ * width_ + at]; }

  double distance_to(const Centre& centre, std::int64_t row, std::int64_t column) const {
    double of_colour = 0;
    for (int channel = 0; channel < 3; ++channel) {
      const double difference = colour(channel, row * width_ + column) - centre.colour[channel];
      of_colour += difference * difference;
    }
    const double down = static_cast<double>(row) - centre.y, right = static_cast<double>(column) - centre.x;
    return of_colour + weight_ * (down * down + right * right);
  }

  /// Before the first assignment pixels belong to the cell of the grid that they are in.
  void place_centres() {
    const auto cells = [&](std::int64_t side) {
      return std::clamp<std::int64_t>(std::llround(static_cast<double>(side) / step_), 1, side);
    };
    const std::int64_t rows = cells(height_), columns = cells(width_);
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        centres_.push_back(
            calmest_near((2 * i + 1) * height_ / (2 * rows), (2 * j + 1) * width_ / (2 * columns)));
    for (std::int64_t row = 0; row < height_; ++row)
      for (std::int64_t column = 0; column < width_; ++column)
        labels_.push_back(row * rows / height_ * columns + column * columns / width_);
  }

  /// Of the pixel itself and its neighbours, the one of least gradient.
  Centre calmest_near(std::int64_t row, std::int64_t column) const {
    std::int64_t best_row = row, best_column = column;
    double least = gradient(row, column);
    for (std::int64_t y = std::max<std::int64_t>(row - 1, 0); y < std::min(row + 2, height_); ++y)
      for (std::int64_t x = std::max<std::int64_t>(column - 1, 0); x < std::min(column + 2, width_); ++x)
        if (const double its = gradient(y, x); its < least) {
          least = its;
          best_row = y;
          best_column = x;
        }
    Centre centre{.y = static_cast<double>(best_row), .x = static_cast<double>(best_column)};
    for (int channel = 0; channel < 3; ++channel)
      centre.colour[channel] = colour(channel, best_row * width_ + best_column);
    return centre;
  }

  double gradient(std::int64_t row, std::int64_t column) const {
    const std::int64_t above = std::max<std::int64_t>(row - 1, 0), below = std::min(row + 1, height_ - 1);
    const std::int64_t left = std::max<std::int64_t>(column - 1, 0), right = std::min(column + 1, width_ - 1);
    double sum = 0;
    for (int channel = 0; channel < 3; ++channel) {
      const double down = colour(channel, below * width_ + column) - colour(channel, above * width_ + column);
      const double along = colour(channel, row * width_ + right) - colour(channel, row * width_ + left);
      sum += down * down + along * along;
    }
    return sum;
  }

  std::int64_t height_, width_;
  const double* lab_;
  double step_, weight_;
  std::vector<Centre> centres_;
  std::vector<std::int64_t> labels_;  // by pixel
};

}  // namespace

Tensor cielab(const Tensor& pixels, bool bgr) {
  ASSAY_ASSERT(pixels.dim() == 3 && pixels.size(0) == 3);
  const Tensor exact = pixels.to(at::kCPU, at::kDouble);
  const Tensor rgb = (bgr ? exact.flip(0) : exact).contiguous();
  const Tensor lab = at::empty_like(rgb);
  const std::int64_t n = rgb.size(1) * rgb.size(2);
  const double* from = rgb.data_ptr<double>();
  double* to = lab.data_ptr<double>();
  for (std::int64_t i = 0; i < n; ++i) {
    const double r = linear_light(from[i]), g = linear_light(from[n + i]), b = linear_light(from[2 * n + i]);
    const double x = lightness_curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    const double y = lightness_curve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    const double z = lightness_curve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    to[i] = 116 * y - 16;
    to[n + i] = 500 * (x - y);
    to[2 * n + i] = 200 * (y - z);
  }
  return lab;
}

Tensor slic(const Tensor& pixels, bool bgr, const SlicSettings& settings) {
  ASSAY_ASSERT(settings.segments > 0 && settings.iterations > 0);
  const Tensor image = pixels.to(at::kCPU, at::kDouble).unsqueeze(0);
  const Tensor lab = cielab(gaussian_blur(image, settings.sigma)[0], bgr);
  Clusters clusters(lab, settings);
  for (std::int64_t i = 0; i < settings.iterations; ++i) {
    clusters.assign();
    clusters.move_centres();
  }
  return connected_parts(clusters.labels(), lab.size(1), lab.size(2), clusters.step() * clusters.step() / 4);
}

std::int64_t count_labels(const Tensor& labels) {
  return labels.max().item<std::int64_t>() + 1;
}

}  // namespace assay
