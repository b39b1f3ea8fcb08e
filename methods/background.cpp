#include "methods/background.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/vision/vision.h"
#include "methods/lower_factor.h"
#include "methods/noise.h"

namespace assay {
namespace {

/// Bool [H,W]: the pixels less than `band` from an edge of the image.
Tensor image_border(std::int64_t height, std::int64_t width, std::int64_t band) {
  const Tensor border = at::ones({height, width}, at::kBool);
  if (2 * band < std::min(height, width))
    border.narrow(0, band, height - 2 * band).narrow(1, band, width - 2 * band).fill_(false);
  return border;
}

ColourNormal normal_of(const Tensor& image, const Tensor& mask, bool full) {
  const Tensor places = mask.reshape({-1}).nonzero().squeeze(1);
  const Tensor colours = image.reshape({3, -1}).index_select(1, places);  // [3,n]
  const Tensor mean = colours.mean(1), centred = colours - mean.unsqueeze(1);
  const auto n = static_cast<double>(colours.size(1));
  if (!full) return {mean, at::diag((centred.square().sum(1) / n).sqrt())};
  return {mean, lower_factor(centred.matmul(centred.t()) / n)};
}

}  // namespace

Background::Background(Params& params)
    : of_image_(params.choice("boundary", "image", {"image", "region"},
                              "whose border is background: the image's, or each region's, outside it") ==
                "image"),
      full_(params.choice("covariance", "diagonal", {"diagonal", "full"},
                          "channels drawn independently, or with their covariance") == "full"),
      by_pixel_(params.choice("draw", "pixel", {"pixel", "region"},
                              "a colour for each pixel of a region, or one for all") == "pixel"),
      band_(positive(params, "band", 10, "width of the border, px")) {}

ColourNormal Background::colours(const Tensor& image, const Tensor& region) const {
  if (!of_image_) {
    const Tensor ring = dilate(region, band_).logical_and(region.logical_not());
    if (ring.any().item<bool>()) return normal_of(image, ring, full_);
  }
  return normal_of(image, image_border(image.size(1), image.size(2), band_), full_);
}

Tensor Background::draw(const ColourNormal& colours, std::int64_t n, std::uint64_t seed) const {
  const Tensor noise = normal_noise({by_pixel_ ? n : 1, 3}, seed);
  const Tensor drawn = colours.mean.unsqueeze(1) + colours.factor.matmul(noise.t());
  return drawn.clamp(0, 255).expand({3, n});
}

std::string Background::words() const {
  return fmt::format("{} {} {} {}", of_image_ ? "image" : "region", full_ ? "full" : "diagonal",
                     by_pixel_ ? "pixel" : "region", band_);
}

}  // namespace assay
