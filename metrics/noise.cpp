#include "metrics/noise.h"

#include <cmath>
#include <numbers>

#include "harness/core/seed.h"

namespace assay {
namespace {

template <class Draw>
Tensor drawn(const std::vector<std::int64_t>& shape, const Draw& draw) {
  const Tensor values = at::empty(shape, at::kFloat);
  float* value = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) value[i] = static_cast<float>(draw());
  return values;
}

}  // namespace

Tensor uniform_noise(std::vector<std::int64_t> shape, double low, double high, std::uint64_t seed) {
  Random random(seed);
  return drawn(shape, [&] { return low + (high - low) * random.uniform(); });
}

Tensor normal_noise(std::vector<std::int64_t> shape, std::uint64_t seed) {
  Random random(seed);
  return drawn(shape, [&] {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
    return radius * std::cos(2 * std::numbers::pi * random.uniform());
  });
}

}  // namespace assay
