#include "harness/network/reach.h"

#include <algorithm>

namespace assay {
namespace {

std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/// a / b rounded up.
std::int64_t steps_to(std::int64_t a, std::int64_t b) {
  return -floor_divided(-a, b);
}

bool reads(const PoolSide& side, std::int64_t output, Reach inputs) {
  const std::int64_t start = output * side.stride - side.before;
  const std::int64_t j = std::max<std::int64_t>(steps_to(inputs.first - start, side.dilation), 0);
  return j < side.kernel && start + j * side.dilation < inputs.last;
}

}  // namespace

Reach reached(const PoolSide& side, Reach changed) {
  if (changed.empty()) return {};
  const std::int64_t span = side.dilation * (side.kernel - 1);
  const std::int64_t first = steps_to(changed.first + side.before - span, side.stride);
  const std::int64_t last = floor_divided(changed.last - 1 + side.before, side.stride) + 1;
  Reach inside{std::max<std::int64_t>(first, 0), std::min(last, side.windows)};
  while (!inside.empty() && !reads(side, inside.first, changed)) ++inside.first;
  while (!inside.empty() && !reads(side, inside.last - 1, changed)) --inside.last;
  return inside.empty() ? Reach{} : inside;
}

Reach read_by(const PoolSide& side, Reach outputs) {
  const std::int64_t first = outputs.first * side.stride - side.before;
  return {first, first + (outputs.size() - 1) * side.stride + side.dilation * (side.kernel - 1) + 1};
}

Reach joined(Reach a, Reach b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.first, b.first), std::max(a.last, b.last)};
}

}  // namespace assay
