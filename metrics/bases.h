#pragma once

#include <string>
#include <string_view>

#include "harness/network/tensor.h"

namespace assay {

/// What shows where the mask hides: the image without what the explanation claims. Made in pixel space,
/// 0..255, not rounded.
struct Base {
  enum class Kind { gaussian, box, zero, gray };
  Kind kind = Kind::gaussian;
  std::int64_t size = 17;  // px, odd; gaussian and box
  double sigma = 2.9;      // px; gaussian
  auto operator<=>(const Base&) const = default;
};

/// `gaussian`, `gaussian(17)`, `gaussian(17, 2.9)`, `box`, `box(17)`, `zero`, `gray`. Size 17 unless said
/// otherwise; sigma by default_sigma(size), kept to 6 digits so that text_of() says all of it. Throws
/// ConfigError saying what is known.
Base parse_base(std::string_view text);

/// The canonical text, with every number; parse_base() of it gives the same base.
std::string text_of(const Base& base);

/// Pixels [N,3,H,W] -> base images of the same shape. zero = black pixels, gray = 127.5; blurs as in
/// vision.h.
Tensor base_images(const Base& base, const Tensor& pixels);

}  // namespace assay
