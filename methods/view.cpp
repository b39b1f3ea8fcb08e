#include "methods/view.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

Tensor reduced(const Tensor& raw, const std::string& how) {
  if (how == "max-abs") return raw.abs().amax(1);
  if (how == "sum-abs") return raw.abs().sum(1);
  if (how == "sum-positive") return raw.clamp_min(0).sum(1);
  if (how == "l2") return raw.square().sum(1).sqrt();
  ASSAY_ASSERT(how == "sum");
  return raw.sum(1);
}

/// As min_max(), but kept in double.
Tensor normalised(const Tensor& maps) {
  const Tensor low = maps.amin({-2, -1}, true);
  const Tensor range = maps.amax({-2, -1}, true) - low;
  return (maps - low) / at::where(range == 0, at::ones_like(range), range);
}

/// Each map divided by its largest magnitude; one of zeros stays.
Tensor max_abs(const Tensor& maps) {
  const Tensor largest = maps.abs().amax({-2, -1}, true);
  return maps / at::where(largest == 0, at::ones_like(largest), largest);
}

Tensor scaled(const Tensor& maps, const std::string& how) {
  if (how == "none") return maps.to(at::kFloat);
  return how == "max-abs" ? max_abs(maps).to(at::kFloat) : min_max(maps);
}

Tensor smoothed(const Tensor& maps, double share) {
  const double sigma = share * static_cast<double>(std::max(maps.size(1), maps.size(2)));
  return gaussian_blur(maps.unsqueeze(1), sigma).squeeze(1);
}

Tensor resized(const Tensor& maps, const std::string& how, std::int64_t height, std::int64_t width) {
  if (maps.size(1) == height && maps.size(2) == width) return maps;
  return how == "bilinear" ? resize_bilinear(maps, height, width) : resize_bicubic(maps, height, width);
}

}  // namespace

View read_view(Params& params, const View& suggested) {
  View view;
  view.reduce = params.choice(
      "reduce", suggested.reduce, {"sum", "sum-abs", "sum-positive", "max-abs", "l2"},
      "how channels become one: their sum, that of their magnitudes or of their positive parts, "
      "the largest magnitude, or the root of the sum of squares");
  view.smooth = params.get(
      "smooth", suggested.smooth,
      "Gaussian blur of the reduced map: standard deviation as a share of its longer side; 0 = none");
  view.positive = params.get("positive", suggested.positive, "negative values become 0 before resizing");
  view.dilations = params.get("dilations", suggested.dilations, "3x3 grey dilations before resizing");
  view.normalise = params.get("normalise", suggested.normalise, "min-max before resizing");
  view.resize = params.choice("resize", suggested.resize, {"bicubic", "bilinear"},
                              "interpolation to the network's input size");
  view.clamp = params.get("clamp", suggested.clamp, "negative values become 0 after resizing");
  view.scale = params.choice("scale", suggested.scale, {"min-max", "max-abs", "none"},
                             "what the map is scaled to at the end; min-max moves its zero");
  if (!(view.smooth >= 0 && view.smooth <= 1)) params.fail("smooth", "must lie in 0..1");
  if (view.dilations < 0) params.fail("dilations", "must not be negative");
  return view;
}

Tensor apply_view(const View& view, const Tensor& raw, std::int64_t height, std::int64_t width) {
  ASSAY_ASSERT(raw.dim() == 4);
  Tensor maps = reduced(raw.to(at::kDouble), view.reduce);
  if (view.smooth > 0) maps = smoothed(maps, view.smooth);
  if (view.positive) maps = maps.clamp_min(0);
  if (view.dilations > 0) maps = dilate(maps, view.dilations);
  if (view.normalise) maps = normalised(maps);
  maps = resized(maps, view.resize, height, width);
  if (view.clamp) maps = maps.clamp_min(0);
  return scaled(maps, view.scale);
}

}  // namespace assay
