#include "harness/network/heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/core/error.h"
#include "harness/network/layer_check.h"
#include "harness/network/shapes.h"

namespace assay {
namespace {

/// Throws DataError for the first layer whose weights do not suit what it reads.
void check_sizes(const Network& network) {
  const std::vector<Shape> shapes = output_shapes(network);
  for (const Layer& layer : network.layers().subspan(1)) {
    if (layer.kind != Kind::linear) continue;
    const Shape needed = parameter_shapes(layer, {&shapes[layer.inputs[0]], 1}).at(0);
    if (needed[1] != layer.weight().size(1))
      fail_layer(layer, fmt::format("takes {} values and would get {}", layer.weight().size(1), needed[1]));
  }
}

/// Along one side: `first` and the next `count` of `size`.
struct Part {
  std::int64_t first = 0, count = 0, size = 0;
  std::int64_t behind() const { return size - first - count; }
};

/// Cuts a part out of a map: a pooling of windows of one pixel that leaves out what is around, so that every
/// rule and window of a pooling holds for it.
Layer cut_layer(std::string name, int input, const Part& rows, const Part& columns) {
  Layer layer{.kind = Kind::max_pool, .name = std::move(name), .inputs = {input}};
  layer.attributes.pad = {-rows.first, -columns.first, -rows.behind(), -columns.behind()};
  ASSAY_ASSERT(is_cut(layer));
  return layer;
}

bool is_pooling(Kind kind) {
  return kind == Kind::avg_pool || kind == Kind::global_avg_pool || kind == Kind::global_max_pool;
}

/// The first pooling of a whole map behind which nothing reads what is before it.
int last_pooling(const Network& network) {
  const std::vector<Shape> shapes = output_shapes(network);
  const std::vector<int> last = Network::last_uses(network.layers());
  int furthest = last[0];  // that reads a layer before `index`
  for (int index = 1; index < network.size(); ++index) {
    const Shape& shape = shapes[index];
    const bool whole =
        is_pooling(network.layers()[index].kind) && shape.size() == 3 && shape[1] == 1 && shape[2] == 1;
    if (whole && furthest <= index) return index;
    furthest = std::max(furthest, last[index]);
  }
  throw DataError(
      fmt::format("network '{}': heads: part needs a global pooling that everything passes", network.name()));
}

/// Layers of a network with a head for each cell, one behind the other.
class HeadBuilder {
 public:
  HeadBuilder(const Network& network, int n) : network_(network), n_(n) {
    layers_.push_back(network.layers()[0]);
  }

  /// Layers begin .. end of the network without changes.
  void trunk(int begin, int end) {
    for (int index = begin; index < end; ++index) layers_.push_back(network_.layers()[index]);
  }

  /// The layers from `first` on for one cell; they read `source` in place of what is before them.
  void head(int cell, int first, int source, const Part& rows, const Part& columns) {
    layers_.push_back(cut_layer(head_class("cell", cell), source, rows, columns));
    const int cut = static_cast<int>(layers_.size()) - 1;
    for (int index = first; index < network_.size(); ++index) {
      Layer layer = network_.layers()[index];
      layer.name = head_class(layer.name, cell);
      for (int& input : layer.inputs) input = input < first ? cut : cut + 1 + input - first;
      layers_.push_back(std::move(layer));
    }
    logits_.push_back(static_cast<int>(layers_.size()) - 1);
  }

  Network finish() {
    layers_.push_back({.kind = Kind::concat, .name = "heads", .inputs = logits_});
    Preprocess p = network_.preprocess();
    if (p.mean_image.defined()) p.mean_image = p.mean_image.repeat({1, n_, n_});
    p.height *= n_;
    p.width *= n_;
    p.resize = Preprocess::Resize::warp;
    p.resize_size = 0;
    p.crop = Preprocess::Crop::none;
    p.top_left_square = false;
    return Network(network_.name(), std::move(layers_), std::move(p), classes());
  }

 private:
  std::vector<std::string> classes() const {
    std::vector<std::string> lines = network_.classes();
    if (lines.empty())
      for (std::int64_t i = 0; i < network_.outputs(); ++i) lines.push_back(std::to_string(i));
    std::vector<std::string> all;
    for (int cell = 0; cell < n_ * n_; ++cell)
      for (const std::string& line : lines) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        all.push_back(head_class(line.substr(0, end), cell) + line.substr(end));
      }
    return all;
  }

  const Network& network_;
  int n_;
  std::vector<Layer> layers_;
  std::vector<int> logits_;
};

Network full_heads(const Network& network, int n) {
  const auto [height, width] = std::pair(network.preprocess().height, network.preprocess().width);
  HeadBuilder builder(network, n);
  for (int cell = 0; cell < n * n; ++cell)
    builder.head(cell, 1, 0, {.first = cell / n * height, .count = height, .size = n * height},
                 {.first = cell % n * width, .count = width, .size = n * width});
  return builder.finish();
}

/// The part of a side of `size` that the head at `place` of n pools, when one cell alone has `count`.
Part pooled_part(const Network& network, int place, int n, std::int64_t count, std::int64_t size) {
  if (size < n * count)
    throw DataError(
        fmt::format("network '{}': heads: part: the map before the pooling has {} rows or columns "
                    "for {} cells of {}",
                    network.name(), size, n, count));
  const double step = static_cast<double>(size - count) / (n - 1);
  return {.first = std::lround(place * step), .count = count, .size = size};
}

Network part_heads(const Network& network, int n) {
  const int pooling = last_pooling(network), source = network.layers()[pooling].inputs[0];
  Preprocess large = network.preprocess();
  large.height *= n;
  large.width *= n;
  const Shape alone = output_shapes(network)[source];
  const Shape whole = output_shapes(network.with_preprocess(large))[source];
  HeadBuilder builder(network, n);
  builder.trunk(1, pooling);
  for (int cell = 0; cell < n * n; ++cell)
    builder.head(cell, pooling, source, pooled_part(network, cell / n, n, alone[1], whole[1]),
                 pooled_part(network, cell % n, n, alone[2], whole[2]));
  return builder.finish();
}

}  // namespace

Network with_input(const Network& network, std::int64_t side) {
  Preprocess p = network.preprocess();
  if (side == p.height && side == p.width) return network;
  if (p.mean_image.defined())
    throw DataError(fmt::format("network '{}' has a mean image of {} x {} pixels; set mean: value",
                                network.name(), p.width, p.height));
  const std::vector<Shape> shapes = output_shapes(network);
  std::vector<Layer> layers(network.layers().begin(), network.layers().end());
  for (Layer& layer : layers) {
    if (layer.kind != Kind::avg_pool) continue;
    const Attributes& a = layer.attributes;
    const Shape& in = shapes[layer.inputs[0]];
    if (Shape(a.kernel.begin(), a.kernel.end()) == Shape(in.begin() + 1, in.end()) &&
        a.pad == std::array<std::int64_t, 4>{})
      layer = {.kind = Kind::global_avg_pool, .name = layer.name, .inputs = layer.inputs};
  }
  p.resize_size = p.resize_size * side / std::max(p.height, p.width);
  p.height = p.width = side;
  try {
    Network made(network.name(), std::move(layers), std::move(p), network.classes());
    check_sizes(made);
    return made;
  } catch (const DataError& error) {
    throw DataError(fmt::format("network '{}' does not take inputs of {} x {} pixels: {}", network.name(),
                                side, side, error.what()));
  }
}

bool is_cut(const Layer& layer) {
  const Attributes& a = layer.attributes;
  return layer.kind == Kind::max_pool && a.kernel == std::array<std::int64_t, 2>{1, 1} &&
         std::ranges::any_of(a.pad, [](std::int64_t pad) { return pad < 0; });
}

std::vector<bool> behind_cuts(const Network& network) {
  std::vector<bool> behind;
  for (const Layer& layer : network.layers()) {
    const bool reads_one =
        std::ranges::any_of(layer.inputs, [&](int input) { return behind[static_cast<std::size_t>(input)]; });
    behind.push_back(reads_one || is_cut(layer));
  }
  return behind;
}

Network with_heads(const Network& network, Heads heads, int n) {
  ASSAY_ASSERT(n >= 2);
  return heads == Heads::full ? full_heads(network, n) : part_heads(network, n);
}

std::string head_class(std::string_view key, int cell) {
  return fmt::format("{}@{}", key, cell);
}

}  // namespace assay
