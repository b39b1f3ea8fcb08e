#include "harness/network/tail.h"

#include "harness/core/error.h"
#include "harness/network/propagate.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

Tensor repeated(const Tensor& activation, std::int64_t n) {
  std::vector<std::int64_t> shape = activation.sizes().vec();
  shape.front() = n;
  return activation.expand(shape).contiguous();
}

}  // namespace

Tail::Tail(const Network& network, int layer, std::span<const Tensor> activations)
    : layer_(layer), output_(network.output()), last_use_(Network::last_uses(network.layers())) {
  const std::vector<int> behind = walked_layers(network, output_, layer);
  ASSAY_ASSERT(layer == output_ || !behind.empty());
  const Tensor& replaced = activations[static_cast<std::size_t>(layer)];
  for (const int index : behind) {
    const Layer& one = network.layers()[static_cast<std::size_t>(index)];
    behind_.emplace(index, layer_in_type(one, replaced.device(), replaced.scalar_type()));
    for (const int input : one.inputs)
      if (input != layer && !behind_.contains(input))
        beside_.emplace(input, activations[static_cast<std::size_t>(input)]);
  }
}

std::vector<Tensor> Tail::inputs_of(int index, const std::map<int, Tensor>& values, std::int64_t n) const {
  std::vector<Tensor> inputs;
  for (const int input : behind_.at(index).inputs) {
    const auto found = values.find(input);
    inputs.push_back(found != values.end() ? found->second : repeated(beside_.at(input), n));
  }
  return inputs;
}

Tensor Tail::run(const Tensor& outputs) const {
  const at::NoGradGuard no_grad;
  std::map<int, Tensor> values{{layer_, outputs}};
  for (const auto& [index, layer] : behind_) {
    const std::vector<Tensor> inputs = inputs_of(index, values, outputs.size(0));
    for (const int read : layer.inputs)
      if (last_use_[static_cast<std::size_t>(read)] == index) values.erase(read);
    values[index] = Network::run(layer, inputs);
  }
  return values.at(output_).flatten(1);
}

std::int64_t multiply_adds_behind(const Network& network, int layer) {
  const std::vector<LayerSummary> rows = summarise(network);
  std::int64_t sum = 0;
  for (const int index : walked_layers(network, network.output(), layer))
    sum += rows[static_cast<std::size_t>(index)].multiply_adds;
  return sum;
}

}  // namespace assay
