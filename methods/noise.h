#pragma once

#include <cstdint>

#include "harness/network/tensor.h"

namespace assay {

/// Standard normal values (core/normal.h) that depend on the seed alone: double on the CPU.
Tensor normal_noise(at::IntArrayRef shape, std::uint64_t seed);

}  // namespace assay
