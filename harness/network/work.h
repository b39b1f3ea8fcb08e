#pragma once

#include <cstdint>

namespace assay {

/// Multiply-adds of some predictions (summary.h counts those of a network).
struct Work {
  std::int64_t asked = 0;  // by full forwards
  std::int64_t done = 0;   // by the windows that are recomputed
  /// How many times quicker the windows can be at the most.
  double ceiling() const { return static_cast<double>(asked) / static_cast<double>(done); }
  Work& operator+=(const Work& other) {
    asked += other.asked;
    done += other.done;
    return *this;
  }
};

}  // namespace assay
