#include "methods/smooth_mask.h"

#include <cmath>

namespace assay {
namespace {

constexpr double kTemperature = 1.0 / 20;

std::int64_t reach_in_nodes(std::int64_t spacing, double radius) {
  return 1 + static_cast<std::int64_t>(std::ceil(radius / static_cast<double>(spacing)));
}

/// k of each pixel of a node's square to each node around it: [D,spacing,spacing], D = (2 reach + 1)^2 in
/// row-major order.
Tensor node_weights(std::int64_t spacing, double radius) {
  const std::int64_t reach = reach_in_nodes(spacing, radius), side = 2 * reach + 1;
  const auto step = static_cast<double>(spacing);
  const Tensor inside = at::arange(spacing, at::kDouble) + 0.5 - step / 2;
  const Tensor nodes = (at::arange(side, at::kDouble) - static_cast<double>(reach)) * step;
  const Tensor apart = (inside.unsqueeze(0) - nodes.unsqueeze(1)).square();  // [side,spacing]
  const Tensor squared = apart.view({side, 1, spacing, 1}) + apart.view({1, side, 1, spacing});
  const Tensor beyond = (squared.sqrt() / radius - 0.5).clamp_min(0);
  return (-2 * beyond.square()).exp().reshape({side * side, spacing, spacing});
}

}  // namespace

Tensor smooth_mask(const Tensor& nodes, std::int64_t spacing, double radius, std::int64_t height,
                   std::int64_t width) {
  const std::int64_t count = nodes.size(0), rows = nodes.size(1), columns = nodes.size(2);
  const std::int64_t reach = reach_in_nodes(spacing, radius), side = 2 * reach + 1;
  const Tensor wide = at::replication_pad2d(nodes.unsqueeze(1), {reach, reach, reach, reach});
  const Tensor around =
      at::im2col(wide, {side, side}, {1, 1}, {0, 0}, {1, 1}).view({count, side * side, rows, 1, columns, 1});
  const Tensor weights =
      node_weights(spacing, radius).to(nodes.options()).view({side * side, 1, spacing, 1, spacing});
  const Tensor reached = around * weights;  // [A,D,rows,spacing,columns,spacing]
  const Tensor mask = ((reached / kTemperature).softmax(1) * reached).sum(1);
  return mask.reshape({count, rows * spacing, columns * spacing}).narrow(1, 0, height).narrow(2, 0, width);
}

}  // namespace assay
