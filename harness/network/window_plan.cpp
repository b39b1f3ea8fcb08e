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

/// Shares of the dearest place's work below which the next class begins. With them CaffeNet does 1/4.2 of the
/// multiply-adds for squares of 10 pixels and 1/2.4 for those of 100 (stride 10, overhanging), 1/3.9 and
/// 1/2.3 when batches are filled up to eights; with one class it is 1/3.2 and 1/1.4; with six 1/4.3 and
/// 1/2.5, but 1/3.5 and 1/2.2 filled up.
constexpr std::array<double, kPlaceClasses - 1> kClassBounds{0.85, 0.7, 0.5};

Reaches reaches_of_input(std::int64_t size, std::int64_t length) {
  Reaches reaches;
  for (std::int64_t first = 1 - length; first < size; ++first)
    reaches.push_back({std::max<std::int64_t>(first, 0), std::min(first + length, size)});
  return reaches;
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

namespace {

/// Of the next layer, given those of all earlier ones. Where outputs depend on everything it is the whole
/// map.
Reaches reaches_along(int side, const Layer& layer, std::span<const Shape> shapes,
                      std::span<const Reaches> earlier, std::int64_t length) {
  if (layer.inputs.empty()) return reaches_of_input(shapes[0][1 + side], length);
  const Shape& shape = shapes[earlier.size()];
  if (!is_map(shape)) return {};
  Reaches result(earlier[0].size());
  for (const int input : layer.inputs) {
    const auto local = local_side(layer, shapes[input], shape, side);
    if (!local) return Reaches(earlier[0].size(), Reach{0, shape[1 + side]});
    for (std::size_t place = 0; place < result.size(); ++place)
      result[place] = joined(result[place], reached(*local, earlier[input][place]));
  }
  return result;
}

std::int64_t longest(const Reaches& reaches) {
  std::int64_t most = 0;
  for (const Reach& reach : reaches) most = std::max(most, reach.size());
  return most;
}

}  // namespace

std::vector<int> place_classes(const Network& network, std::span<const Shape> shapes, int side,
                               std::int64_t length) {
  std::vector<Reaches> reaches;
  for (const Layer& layer : network.layers())
    reaches.push_back(reaches_along(side, layer, shapes, reaches, length));
  std::vector<double> work(reaches[0].size(), 0);
  for (int index = 0; index < network.size(); ++index) {
    const Layer& layer = network.layers()[index];
    if (layer.kind != Kind::conv) continue;
    const auto across = static_cast<double>(layer.weight().numel() * longest(reaches[index]));
    for (std::size_t place = 0; place < work.size(); ++place)
      work[place] += across * static_cast<double>(reaches[index][place].size());
  }
  const double most = std::ranges::max(work);
  std::vector<int> classes;
  for (const double its : work)
    classes.push_back(static_cast<int>(
        std::ranges::count_if(kClassBounds, [&](double bound) { return its < bound * most; })));
  return classes;
}

WindowPlan::WindowPlan(const Network& network, std::span<const Shape> shapes, Rectangles rectangles)
    : rectangles_(std::move(rectangles)) {
  std::array<std::vector<Reaches>, 2> reaches;
  for (int index = 0; index < network.size(); ++index) {
    const Layer& layer = network.layers()[index];
    std::array<Reaches, 2> its;
    for (int side = 0; side < 2; ++side)
      its[side] = reaches_along(side, layer, shapes, reaches[side], rectangles_.size[side]);
    windows_.push_back(is_map(shapes[index]) ? window_of(shapes[index], its) : Window{.whole = true});
    for (int side = 0; side < 2; ++side) reaches[side].push_back(std::move(its[side]));
    count(layer, shapes[index], windows_.back());
  }
}

WindowPlan::Window WindowPlan::window_of(const Shape& shape, std::array<Reaches, 2>& reaches) const {
  Window window;
  for (int side = 0; side < 2; ++side) {
    window.size[side] = 1;
    for (std::size_t place = 0; place < reaches[side].size(); ++place)
      if (rectangles_.places[side][place])
        window.size[side] = std::max(window.size[side], reaches[side][place].size());
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
      cuts.first[side].push_back(window.first[side].at(position + rectangles_.size[side] - 1));
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

WindowPlans::WindowPlans(const Network& network) : network_(network), shapes_(output_shapes(network)) {}

const std::vector<int>& WindowPlans::classes(int side, std::int64_t length) const {
  std::vector<int>& classes = classes_[{side, length}];
  if (!classes.empty()) return classes;
  if (network_.device().is_cpu())
    classes = place_classes(network_, shapes_, side, length);
  else
    classes.assign(shapes_[0][1 + side] + length - 1, 0);
  return classes;
}

WindowPlans::Key WindowPlans::key(std::int64_t top, std::int64_t left, std::int64_t height,
                                  std::int64_t width) const {
  return {height, width, classes(0, height).at(top + height - 1), classes(1, width).at(left + width - 1)};
}

const WindowPlan& WindowPlans::plan(const Key& key) const {
  const auto found = plans_.find(key);
  if (found != plans_.end()) return found->second;
  Rectangles rectangles{.size = {key[0], key[1]}};
  for (int side = 0; side < 2; ++side)
    for (const int its : classes(side, key[side])) rectangles.places[side].push_back(its == key[2 + side]);
  return plans_.emplace(key, WindowPlan(network_, shapes_, std::move(rectangles))).first->second;
}

}  // namespace assay
