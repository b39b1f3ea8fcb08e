#include "harness/network/window_plan.h"

#include <algorithm>

#include "harness/core/error.h"

namespace assay {
namespace {

/// A window of this share of its map is not worth cutting out. Milliseconds an image at 0.5, 0.65, 0.8, 0.9
/// (a 10-pixel patch, one busy core, runs a tenth apart): CaffeNet 9.4, 8.7, 7.8, 8.8;
/// GoogLeNet 28.1, 23.4, 23.7, 26.9.
constexpr double kWholeShare = 0.8;

bool is_map(const Shape& shape) {
  return shape.size() == 3;
}

bool is_element_wise(Kind kind) {
  switch (kind) {
    case Kind::batch_norm:
    case Kind::relu:
    case Kind::relu6:
    case Kind::leaky_relu:
    case Kind::lrn:
    case Kind::concat:
    case Kind::add:
    case Kind::dropout:
    case Kind::softmax:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<PoolSide> local_side(const Layer& layer, const Shape& in, const Shape& out, int side) {
  if (!is_map(in) || !is_map(out)) return std::nullopt;
  const Attributes& a = layer.attributes;
  PoolSide local{.size = in[1 + side], .windows = out[1 + side]};
  if (is_element_wise(layer.kind)) return local;
  switch (layer.kind) {
    case Kind::pad_channels:
      local.stride = 2;
      return local;
    case Kind::conv:
    case Kind::max_pool:
    case Kind::avg_pool:
      local.kernel = a.kernel[side];
      local.stride = a.stride[side];
      local.dilation = a.dilation[side];
      local.before = a.pad[side];
      return local;
    default:
      return std::nullopt;
  }
}

WindowPlan::WindowPlan(const Network& network, std::span<const Shape> shapes, std::int64_t height,
                       std::int64_t width)
    : rectangle_{height, width} {
  std::vector<Reaches> reaches;
  for (int index = 0; index < network.size(); ++index) {
    const Layer& layer = network.layers()[index];
    const Shape& shape = shapes[index];
    std::optional<Reaches> reach = index == 0 ? reaches_of_input(shape) : reaches_of(layer, shapes, reaches);
    if (!reach && is_map(shape)) {
      reach.emplace();
      for (int side = 0; side < 2; ++side)
        (*reach)[side].assign(shapes[0][1 + side] + rectangle_[side] - 1, {0, shape[1 + side]});
    }
    windows_.push_back(reach ? window_of(shape, *reach) : Window{.whole = true});
    reaches.push_back(reach ? std::move(*reach) : Reaches{});
    count(layer, shape, windows_.back());
  }
}

WindowPlan::Reaches WindowPlan::reaches_of_input(const Shape& shape) const {
  Reaches reaches;
  for (int side = 0; side < 2; ++side)
    for (std::int64_t first = 1 - rectangle_[side]; first < shape[1 + side]; ++first)
      reaches[side].push_back(
          {std::max<std::int64_t>(first, 0), std::min(first + rectangle_[side], shape[1 + side])});
  return reaches;
}

std::optional<WindowPlan::Reaches> WindowPlan::reaches_of(const Layer& layer, std::span<const Shape> shapes,
                                                          std::span<const Reaches> reaches) const {
  const Shape& shape = shapes[reaches.size()];
  Reaches result;
  for (int side = 0; side < 2; ++side)
    for (const int input : layer.inputs) {
      const auto local = local_side(layer, shapes[input], shape, side);
      if (!local) return std::nullopt;
      result[side].resize(reaches[input][side].size());
      for (std::size_t i = 0; i < result[side].size(); ++i)
        result[side][i] = joined(result[side][i], reached(*local, reaches[input][side][i]));
    }
  return result;
}

WindowPlan::Window WindowPlan::window_of(const Shape& shape, Reaches& reaches) {
  Window window;
  for (int side = 0; side < 2; ++side) {
    window.size[side] = 1;
    for (const Reach& reach : reaches[side]) window.size[side] = std::max(window.size[side], reach.size());
  }
  const auto share =
      static_cast<double>(window.size[0] * window.size[1]) / static_cast<double>(shape[1] * shape[2]);
  window.whole = share >= kWholeShare;
  for (int side = 0; side < 2; ++side) {
    const std::int64_t size = shape[1 + side];
    if (window.whole) window.size[side] = size;
    for (Reach& reach : reaches[side]) {
      window.first[side].push_back(std::min(reach.first, size - window.size[side]));
      if (window.whole) reach = {0, size};
    }
  }
  return window;
}

Cuts WindowPlan::windows(int layer, std::span<const std::int64_t> tops,
                         std::span<const std::int64_t> lefts) const {
  const Window& window = windows_[layer];
  Cuts cuts{.size = window.size};
  for (int side = 0; side < 2; ++side)
    for (const std::int64_t position : side == 0 ? tops : lefts)
      cuts.first[side].push_back(window.first[side].at(position + rectangle_[side] - 1));
  return cuts;
}

void WindowPlan::count(const Layer& layer, const Shape& shape, const Window& window) {
  if (layer.kind == Kind::linear) {
    work_.asked += layer.weight().numel();
    work_.done += layer.weight().numel();
  } else if (layer.kind == Kind::conv) {
    work_.asked += layer.weight().numel() * shape[1] * shape[2];
    work_.done += layer.weight().numel() * window.size[0] * window.size[1];
  }
}

}  // namespace assay
