#pragma once

#include <cmath>

#include "harness/core/seed.h"
#include "tests/toy.h"

namespace assay::test {

/// A picture to be segmented: twelve ellipses of random colours over a slanted background, under noise.
/// Double [3,height,width], 0..255.
inline Tensor scene(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  Random random(mix_seed(seed, "scene"));
  Tensor pixels = at::empty({3, height, width}, at::kDouble);
  const Tensor y = at::arange(height, at::kDouble).view({height, 1}) / static_cast<double>(height);
  const Tensor x = at::arange(width, at::kDouble).view({1, width}) / static_cast<double>(width);
  for (std::int64_t channel = 0; channel < 3; ++channel)
    pixels[channel] = 80 + 60 * random.uniform() * y + 60 * random.uniform() * x;
  for (int i = 0; i < 12; ++i) {
    const double row = random.uniform(), column = random.uniform(), angle = 3 * random.uniform();
    const double along = 0.08 + 0.2 * random.uniform(), across = 0.06 + 0.1 * random.uniform();
    const Tensor u = (y - row) * std::cos(angle) + (x - column) * std::sin(angle);
    const Tensor v = (x - column) * std::cos(angle) - (y - row) * std::sin(angle);
    const Tensor inside = (u / along).square() + (v / across).square() < 1;
    for (std::int64_t channel = 0; channel < 3; ++channel)
      pixels[channel].masked_fill_(inside, 20 + 210 * random.uniform());
  }
  const Tensor noise = normal({3, height, width}, mix_seed(seed, "noise")).to(at::kDouble);
  return (pixels + 3 * noise).clamp(0, 255);
}

}  // namespace assay::test
