#pragma once

#include <array>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Rectangles of one size on a map, one for each image of a batch.
struct Cuts {
  std::array<std::int64_t, 2> size{0, 0};            // rows, columns
  std::array<std::vector<std::int64_t>, 2> first{};  // first row and first column, by image
  bool operator==(const Cuts&) const = default;
};

/// Cuts `wanted` (which may overhang the map) out of maps that equal `base` ([1,C,H,W]: all of them;
/// [n,C,H,W]: one each) but for the rectangles `changed` (inside the map), where they hold `values`
/// [n,C,changed.size]; `fill` beyond the edges of the map.
/// -> [n,C,wanted.size]. Blocked maps (blocked.h) give blocked ones.
Tensor cut(const Tensor& base, const Tensor& values, const Cuts& changed, const Cuts& wanted, double fill);

/// The same from `base` as it is.
Tensor cut(const Tensor& base, const Cuts& wanted, double fill);

/// Writes `values` [n,C,changed.size] into `base` [n,C,H,W]; the n rectangles lie at one place.
void paste(const Tensor& base, const Tensor& values, const Cuts& changed);

}  // namespace assay
