#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Uniform values in [low, high), float32 on the CPU: a function of shape and seed alone.
Tensor uniform_noise(std::vector<std::int64_t> shape, double low, double high, std::uint64_t seed);

/// Standard normal values (Box-Muller), float32 on the CPU: a function of shape and seed alone.
Tensor normal_noise(std::vector<std::int64_t> shape, std::uint64_t seed);

}  // namespace assay
