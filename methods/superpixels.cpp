#include "methods/superpixels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "harness/core/error.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kSuperpixelKeys{"scales", "compactness", "slic_sigma",
                                                          "slic_iterations"};

}  // namespace

std::span<const std::string_view> Superpixels::keys() {
  return kSuperpixelKeys;
}

Superpixels::Superpixels(Params& params) {
  const auto scales =
      params.get<std::vector<int>>("scales", {16, 32, 64, 128, 256}, "superpixels asked for, at each scale");
  if (scales.empty()) params.fail("scales", "needs at least one");
  for (const int segments : scales) {
    if (segments < 2) params.fail("scales", "must be at least 2");
    scales_.push_back(segments);
  }
  settings_.compactness =
      params.get("compactness", settings_.compactness, "SLIC: weight of distance against colour");
  settings_.sigma = params.get("slic_sigma", settings_.sigma, "SLIC: of the blur beforehand, px; 0 = none");
  settings_.iterations = positive(params, "slic_iterations", settings_.iterations, "SLIC: of clustering");
  if (!(settings_.compactness > 0 && std::isfinite(settings_.compactness)))
    params.fail("compactness", "must be above 0, and finite");
  if (!(settings_.sigma >= 0 && settings_.sigma <= 50)) params.fail("slic_sigma", "must lie in 0..50");
}

std::string Superpixels::words() const {
  return fmt::format("superpixels {} {} {} {}", fmt::join(scales_, ","), settings_.compactness,
                     settings_.sigma, settings_.iterations);
}

const std::vector<Tensor>& Superpixels::of(Subject& subject, std::int64_t image) const {
  return subject.shared<std::vector<Tensor>>(fmt::format("{} of image {}", words(), image), [&] {
    std::vector<Tensor> maps;
    for (const std::int64_t segments : scales_) {
      SlicSettings settings = settings_;
      settings.segments = segments;
      maps.push_back(slic(subject.pixels()[image], subject.network().preprocess().bgr, settings));
    }
    return maps;
  });
}

Tensor spread(const Tensor& values, const Tensor& labels) {
  return values.index_select(0, labels.reshape({-1})).view(labels.sizes());
}

Tensor region_means(const Tensor& map, const Tensor& labels) {
  ASSAY_ASSERT(map.sizes() == labels.sizes());
  const Tensor pixels = map.to(at::kCPU, at::kDouble).contiguous(), places = labels.contiguous();
  const Tensor sums = at::zeros({count_labels(labels)}, at::kDouble), counts = at::zeros_like(sums);
  const double* pixel = pixels.data_ptr<double>();
  double *sum = sums.data_ptr<double>(), *count = counts.data_ptr<double>();
  const std::int64_t* place = places.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < pixels.numel(); ++i) {
    sum[place[i]] += pixel[i];
    count[place[i]] += 1;
  }
  return sums / counts;
}

Tensor fused(const std::vector<Tensor>& labels, const std::function<Tensor(std::size_t scale)>& at_scale) {
  Tensor sum = at::zeros(labels.front().sizes(), at::kDouble);
  for (std::size_t scale = 0; scale < labels.size(); ++scale) sum = sum + at_scale(scale);
  return sum / static_cast<double>(labels.size());
}

}  // namespace assay
