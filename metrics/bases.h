#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// What shows where the mask hides: the image without what the explanation claims. Made in pixel space,
/// 0..255, not rounded.
struct Base {
  enum class Kind { gaussian, box, zero, gray, mean, inverted };
  Kind kind = Kind::gaussian;
  std::int64_t size = 17;  // px, odd; gaussian and box
  double sigma = 2.9;      // px; gaussian
  auto operator<=>(const Base&) const = default;
};

/// `gaussian`, `gaussian(17)`, `gaussian(17, 2.9)`, `box`, `box(17)`, `zero`, `gray`, `mean`, `inverted`.
/// Size 17 unless said otherwise; sigma by default_sigma(size), kept to 6 digits so that text_of() says all
/// of it. Throws ConfigError saying what is known.
Base parse_base(std::string_view text);

/// The canonical text, with every number; parse_base() of it gives the same base.
std::string text_of(const Base& base);

/// The canonical texts of the key `base`, a list or one text; `fallback` where it is absent. An unknown base
/// or an empty list is an error at the key.
std::vector<std::string> read_bases(Params& params, std::vector<std::string> fallback, std::string_view doc);

/// Pixels [N,3,H,W] -> base images of the same shape. zero = black pixels, gray = 127.5, inverted = 255 minus
/// the pixel, mean = `mean`, the network's mean_pixels() (mean_pixels.h), which no other needs; blurs as in
/// vision.h.
Tensor base_images(const Base& base, const Tensor& pixels, const Tensor& mean = {});

}  // namespace assay
