#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/network/network.h"

namespace assay {
namespace {

/// Factor -1 for each channel whose scale is negative, else 1: [C].
Tensor signs_of(const Tensor& gamma) {
  return at::where(gamma < 0, -at::ones_like(gamma), at::ones_like(gamma));
}

Tensor along_outputs(const Tensor& signs, const Tensor& weight) {
  std::vector<std::int64_t> shape(weight.dim(), 1);
  shape[0] = -1;
  return signs.reshape(shape);
}

bool has_negative_scale(const Layer& layer) {
  return layer.kind == Kind::batch_norm && (layer.parameters[0].value < 0).any().item<bool>();
}

int readers(std::span<const Layer> layers, int index) {
  int count = 0;
  for (const Layer& layer : layers)
    for (const int input : layer.inputs) count += input == index;
  return count;
}

/// y = gamma (x - mean) / sd + beta is unchanged when x, mean and gamma change sign together.
void move_sign(std::vector<Layer>& layers, int index) {
  Layer& norm = layers[index];
  const int source_index = norm.inputs[0];
  Layer& source = layers[source_index];
  const bool alone =
      readers(layers, source_index) == 1 && source_index != static_cast<int>(layers.size()) - 1;
  if ((source.kind != Kind::conv && source.kind != Kind::linear) || !alone)
    throw ConfigError(
        fmt::format("batch norm '{}' has negative scales, and '{}' ({}) before it is not a convolution or "
                    "linear layer of its own: "
                    "this network cannot be canonised for relevance rules",
                    norm.name, source.name, name_of(source.kind)));
  const Tensor signs = signs_of(norm.parameters[0].value);
  for (Parameter& parameter : source.parameters)
    parameter.value = parameter.value * along_outputs(signs, parameter.value);
  norm.parameters[0].value = norm.parameters[0].value * signs;
  norm.parameters[2].value = norm.parameters[2].value * signs;
}

}  // namespace

Network Network::canonised() const {
  std::vector<Layer> changed;
  for (int index = 0; index < size(); ++index) {
    if (!has_negative_scale(layers()[index])) continue;
    if (changed.empty()) changed.assign(layers().begin(), layers().end());
    move_sign(changed, index);
  }
  return changed.empty() ? *this : with_layers(std::move(changed), preprocess());
}

}  // namespace assay
