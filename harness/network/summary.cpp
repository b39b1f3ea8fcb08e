#include "harness/network/summary.h"

#include <numeric>

#include "harness/network/shapes.h"

namespace assay {
namespace {

std::int64_t parameter_count(const Layer& layer) {
  std::int64_t count = 0;
  for (const Parameter& parameter : layer.parameters) count += parameter.value.numel();
  return count;
}

/// Every weight is used once a position of the output.
std::int64_t layer_multiply_adds(const Layer& layer, const Shape& shape) {
  if (layer.kind == Kind::linear) return layer.weight().numel();
  return layer.kind == Kind::conv ? layer.weight().numel() * shape[1] * shape[2] : 0;
}

}  // namespace

std::vector<LayerSummary> summarise(const Network& network) {
  const std::vector<Shape> shapes = output_shapes(network);
  std::vector<LayerSummary> rows;
  for (int index = 0; index < network.size(); ++index) {
    const Layer& layer = network.layers()[index];
    std::string kind(layer.opaque ? layer.opaque->name() : name_of(layer.kind));
    rows.push_back({layer.name, std::move(kind), shapes[index], parameter_count(layer),
                    layer_multiply_adds(layer, shapes[index])});
  }
  return rows;
}

std::int64_t multiply_adds(const Network& network) {
  const std::vector<LayerSummary> rows = summarise(network);
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0},
                         [](std::int64_t sum, const LayerSummary& row) { return sum + row.multiply_adds; });
}

Cost cost_of_passes(const Network& network, std::int64_t forwards, std::int64_t backwards) {
  const std::int64_t work = (forwards + backwards) * multiply_adds(network);
  return {.forwards = forwards, .backwards = backwards, .work = {.asked = work, .done = work}};
}

}  // namespace assay
