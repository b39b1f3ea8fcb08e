#include "methods/noise.h"

#include <span>

#include "harness/core/normal.h"

namespace assay {

Tensor normal_noise(at::IntArrayRef shape, std::uint64_t seed) {
  const Tensor values = at::empty(shape, at::kDouble);
  Random random(seed);
  Normal normal(random);
  for (double& value : std::span(values.data_ptr<double>(), static_cast<std::size_t>(values.numel())))
    value = normal();
  return values;
}

}  // namespace assay
