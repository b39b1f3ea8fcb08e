#pragma once

#include <cstring>

#include "harness/network/kernels.h"

namespace assay {

/// kLane numbers that are computed with at once: one vector register or several, as the processor has them.
/// Taken by reference and inlined, so that each clone of a caller (clones.h) compiles them anew.
using Lane [[gnu::vector_size(kLane * sizeof(float))]] = float;

[[gnu::always_inline]] inline void read_lane(Lane& lane, const float* from) {
  std::memcpy(&lane, from, sizeof lane);
}

[[gnu::always_inline]] inline void write_lane(float* to, const Lane& lane) {
  std::memcpy(to, &lane, sizeof lane);
}

}  // namespace assay
