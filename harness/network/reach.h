#pragma once

#include <cstdint>

#include "harness/network/kernels.h"

namespace assay {

/// Which part of a map a change can reach: integers along one side, rows or columns.

/// Rows (or columns) first .. last-1. Empty unless first < last.
struct Reach {
  std::int64_t first = 0, last = 0;

  bool empty() const { return first >= last; }
  std::int64_t size() const { return empty() ? 0 : last - first; }
  bool operator==(const Reach&) const = default;
};

/// From the first to the last output that reads any of the `changed` inputs.
Reach reached(const PoolSide& side, Reach changed);

/// The inputs that `outputs` (not empty) read, padding and the overhang of ceil_mode included: it may begin
/// below 0 and end behind the map.
Reach read_by(const PoolSide& side, Reach outputs);

/// The smallest range that holds both.
Reach joined(Reach a, Reach b);

}  // namespace assay
