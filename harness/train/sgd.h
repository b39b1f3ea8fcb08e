#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Multipliers of one parameter, as Caffe's lr_mult and decay_mult.
struct Multipliers {
  double rate = 1;
  double decay = 1;
};

struct SgdSettings {
  double base_rate = 1e-6;
  double gamma = 0.99;  // step policy: rate = base_rate * gamma^floor(step / step_size)
  std::int64_t step_size = 540;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  double clip = 0;  // gradients longer than this, all parameters together, are shortened to it; 0 = never
};

/// The rate of a step, counted from 0.
double rate_at(const SgdSettings& settings, std::int64_t step);

/// One step in Caffe's form, for every parameter w with gradient g and velocity v:
///   v = momentum * v + rate * r * (g + weight_decay * d * w);  w = w - v
/// with its multipliers r and d. All spans have one element a parameter. No gradient is recorded.
void sgd_step(std::span<Tensor> parameters, std::span<Tensor> velocities, std::span<const Tensor> gradients,
              std::span<const Multipliers> multipliers, const SgdSettings& settings, std::int64_t step);

}  // namespace assay
