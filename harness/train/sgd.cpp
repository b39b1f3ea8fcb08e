#include "harness/train/sgd.h"

#include <cmath>

#include "harness/core/error.h"

namespace assay {
namespace {

double shortening(std::span<const Tensor> gradients, double clip) {
  if (clip <= 0) return 1;
  double squared = 0;
  for (const Tensor& gradient : gradients) {
    const double norm = gradient.norm().item<double>();
    squared += norm * norm;
  }
  const double length = std::sqrt(squared);
  return length > clip ? clip / length : 1;
}

}  // namespace

double rate_at(const SgdSettings& settings, std::int64_t step) {
  return settings.base_rate * std::pow(settings.gamma, static_cast<double>(step / settings.step_size));
}

void sgd_step(std::span<Tensor> parameters, std::span<Tensor> velocities, std::span<const Tensor> gradients,
              std::span<const Multipliers> multipliers, const SgdSettings& settings, std::int64_t step) {
  ASSAY_ASSERT(parameters.size() == velocities.size() && parameters.size() == gradients.size() &&
               parameters.size() == multipliers.size());
  const at::NoGradGuard no_grad;
  const double factor = shortening(gradients, settings.clip);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double rate = rate_at(settings, step) * multipliers[i].rate;
    const double decay = settings.weight_decay * multipliers[i].decay;
    velocities[i].mul_(settings.momentum).add_(gradients[i], rate * factor);
    if (decay != 0) velocities[i].add_(parameters[i], rate * decay);
    parameters[i].sub_(velocities[i]);
  }
}

}  // namespace assay
