#include "methods/noise.h"

#include <cmath>
#include <numbers>

#include "harness/core/seed.h"

namespace assay {

Tensor normal_noise(at::IntArrayRef shape, std::uint64_t seed) {
  const Tensor values = at::empty(shape, at::kDouble);
  double* value = values.data_ptr<double>();
  Random random(seed);
  for (std::int64_t i = 0; i < values.numel(); i += 2) {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    const double angle = 2 * std::numbers::pi * random.uniform();
    value[i] = radius * std::cos(angle);
    if (i + 1 < values.numel()) value[i + 1] = radius * std::sin(angle);
  }
  return values;
}

}  // namespace assay
