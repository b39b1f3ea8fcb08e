#include "harness/train/crops.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/data/decode.h"

namespace assay {
namespace {

constexpr double kMiddle = 127.5, kWhite = 255;

/// Uniform in centre +- reach.
double around(double centre, double reach, Random& random) {
  return centre + reach * (2 * random.uniform() - 1);
}

Tensor cut(const Tensor& pixels, std::int64_t top, std::int64_t left, std::int64_t height,
           std::int64_t width) {
  return pixels.narrow(1, top, height).narrow(2, left, width);
}

Tensor recoloured(const Tensor& crop, const Augmentation& change, Random& random) {
  const Tensor gains = at::empty({3, 1, 1});
  for (int channel = 0; channel < 3; ++channel)
    gains.data_ptr<float>()[channel] = static_cast<float>(around(1, change.colour, random));
  const double contrast = around(1, change.contrast, random);
  const double brightness = around(0, change.brightness, random);
  return ((crop * gains - kMiddle) * contrast + (kMiddle + brightness)).clamp(0, kWhite);
}

}  // namespace

std::vector<TrainingView> decode_views(const std::vector<Sample>& samples, const Network& network) {
  const Preprocess& p = network.preprocess();
  std::vector<TrainingView> views;
  for (const Sample& sample : samples) {
    TrainingView view{sample.name, decode_uncropped(sample.path, p), targets_of(sample, network).front()};
    if (view.pixels.size(1) < p.height || view.pixels.size(2) < p.width)
      throw DataError(fmt::format("{}: {} x {} pixels are too few for crops of {} x {}", sample.path,
                                  view.pixels.size(2), view.pixels.size(1), p.width, p.height));
    views.push_back(std::move(view));
  }
  return views;
}

Tensor random_crop(const Tensor& pixels, std::int64_t height, std::int64_t width, const Augmentation& change,
                   std::uint64_t seed) {
  Random random(seed);
  const double room = std::min(static_cast<double>(pixels.size(1)) / static_cast<double>(height),
                               static_cast<double>(pixels.size(2)) / static_cast<double>(width));
  const double factor = std::min(around(1, change.zoom, random), room);
  const auto scaled = [&](std::int64_t side) {
    return static_cast<std::int64_t>(std::lround(factor * static_cast<double>(side)));
  };
  const std::int64_t rows = scaled(height), columns = scaled(width);
  const auto start = [&](std::int64_t spare) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spare) + 1));
  };
  const std::int64_t top = start(pixels.size(1) - rows), left = start(pixels.size(2) - columns);
  Tensor crop = cut(pixels, top, left, rows, columns).to(at::kFloat);
  if (rows != height || columns != width)
    crop = at::upsample_bilinear2d(crop.unsqueeze(0), {height, width}, /*align_corners=*/false).squeeze(0);
  return recoloured(crop, change, random);
}

Tensor fixed_crops(const Tensor& pixels, std::int64_t height, std::int64_t width) {
  const std::int64_t below = pixels.size(1) - height, right = pixels.size(2) - width;
  std::vector<Tensor> crops{cut(pixels, below / 2, right / 2, height, width)};
  for (const std::int64_t top : {below / 4, below - below / 4})
    for (const std::int64_t left : {right / 4, right - right / 4})
      crops.push_back(cut(pixels, top, left, height, width));
  return at::stack(crops);
}

}  // namespace assay
