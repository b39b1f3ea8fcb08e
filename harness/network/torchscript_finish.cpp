#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/network/torchscript_recorder.h"

namespace assay::torchscript {
namespace {

/// forward gives the logits, or a tuple that begins with them.
Probed logits_of(Probed result) {
  if (result[0].isTuple() && !result[0].toTupleRef().elements().empty())
    for (IValue& value : result) value = IValue(value.toTupleRef().elements()[0]);
  if (!result[0].isTensor())
    throw DataError(fmt::format("forward returns {}: expected the logits, or a tuple that begins with them",
                                result[0].type()->str()));
  return result;
}

/// Only what `output` depends on; a layer keeps its order, so `output` comes last.
std::vector<Layer> reachable(const std::vector<Layer>& layers, int output) {
  std::vector<bool> used(layers.size(), false);
  used[0] = used[static_cast<std::size_t>(output)] = true;
  for (std::size_t i = layers.size(); i-- > 0;)
    if (used[i])
      for (const int input : layers[i].inputs) used[static_cast<std::size_t>(input)] = true;
  std::vector<int> renumbered(layers.size(), -1);
  std::vector<Layer> kept;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<int>(kept.size());
    kept.push_back(layers[i]);
    for (int& input : kept.back().inputs) input = renumbered[static_cast<std::size_t>(input)];
  }
  return kept;
}

/// "relu", "relu_1", ...; parameters without a name of their own are called after their layer.
void make_names_unique(std::vector<Layer>& layers) {
  std::set<std::string> taken;
  for (Layer& layer : layers) {
    std::string name = layer.name;
    for (int i = 1; !taken.insert(name).second; ++i) name = fmt::format("{}_{}", layer.name, i);
    layer.name = name;
    for (Parameter& parameter : layer.parameters)
      if (parameter.name.starts_with('.')) parameter.name = layer.name + parameter.name;
  }
}

Layer flatten_layer(int input) {
  Layer layer;
  layer.kind = Kind::flatten;
  layer.name = "logits";
  layer.inputs = {input};
  return layer;
}

}  // namespace

Recorder::Recorded Recorder::finish(const Probed& result) {
  const Probed returned = logits_of(result);
  int output = layer_of(returned);
  if (output < 0) throw DataError("the result of forward does not depend on its input");
  Recorded recorded{{}, returned[0].toTensor()};
  if (const auto softmax = before_softmax_.find(output); softmax != before_softmax_.end()) {
    output = layers_[static_cast<std::size_t>(output)].inputs[0];
    recorded.logits = softmax->second;
  }
  const auto shape = recorded.logits.sizes().vec();
  const bool maps = shape.size() == 4 && shape[2] == 1 && shape[3] == 1;
  if ((shape.size() != 2 && !maps) || shape[0] != kProbeImages[0])
    throw DataError(fmt::format("forward returns [{}] for {} images: expected logits [N,K]",
                                fmt::join(shape, ","), kProbeImages[0]));
  recorded.layers = reachable(layers_, output);
  if (maps) recorded.layers.push_back(flatten_layer(static_cast<int>(recorded.layers.size()) - 1));
  make_names_unique(recorded.layers);
  recorded.logits = recorded.logits.flatten(1);
  return recorded;
}

}  // namespace assay::torchscript
