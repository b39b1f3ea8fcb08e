#include "harness/network/folded_norms.h"

#include <algorithm>
#include <optional>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// y = scale x + shift, per channel.
struct Affine {
  Tensor scale, shift;  // [C]
};

Affine affine_of(const Layer& norm, at::ScalarType type) {
  const auto parameter = [&](std::size_t i) { return norm.parameters[i].value.to(type); };
  const Tensor scale = parameter(0) / (parameter(3) + norm.attributes.epsilon).sqrt();
  return {scale, parameter(1) - parameter(2) * scale};
}

/// [O] -> [O,1,...], one dimension for each of a weight.
Tensor per_output(const Tensor& values, const Tensor& weight) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
  shape[0] = -1;
  return values.view(shape);
}

Layer weights_with_norm(Layer layer, const Layer& norm) {
  const Affine affine = affine_of(norm, at::kDouble);
  const Tensor weight = layer.weight().to(at::kDouble);
  Tensor bias = affine.shift;
  if (layer.bias().defined()) bias = bias + layer.bias().to(at::kDouble) * affine.scale;
  layer.parameters.resize(1);
  layer.parameters[0].value = weight * per_output(affine.scale, weight);
  layer.parameters.push_back({layer.parameters[0].name + " bias", bias});
  return layer;
}

/// The weights that a batch norm can be folded into: those it reads, if nobody else does.
std::optional<int> source_of(std::span<const Layer> layers, int norm) {
  if (layers[static_cast<std::size_t>(norm)].kind != Kind::batch_norm) return std::nullopt;
  const int source = layers[static_cast<std::size_t>(norm)].inputs[0];
  const Kind kind = layers[static_cast<std::size_t>(source)].kind;
  if (kind != Kind::conv && kind != Kind::linear) return std::nullopt;
  std::int64_t readers = 0;
  for (const Layer& layer : layers) readers += std::ranges::count(layer.inputs, source);
  return readers == 1 ? std::optional(source) : std::nullopt;
}

}  // namespace

std::vector<Tensor> FoldedNorms::activations(std::span<const Tensor> original) const {
  ASSAY_ASSERT(original.size() == sources.size());
  std::vector<Tensor> values;
  for (const int source : sources) values.push_back(original[static_cast<std::size_t>(source)]);
  return values;
}

FoldedNorms fold_norms(const Network& network) {
  const auto old = network.layers();
  std::vector<Layer> layers(old.begin(), old.end());
  std::vector<int> sources;
  for (int i = 0; i < network.size(); ++i) {
    sources.push_back(i);
    const std::optional<int> source = source_of(old, i);
    if (!source) continue;
    Layer& norm = layers[static_cast<std::size_t>(i)];
    Layer& weights = layers[static_cast<std::size_t>(*source)];
    weights = weights_with_norm(weights, norm);
    sources[static_cast<std::size_t>(*source)] = i;
    norm.kind = Kind::dropout;
    norm.parameters.clear();
  }
  return {Network(network.name(), std::move(layers), network.preprocess(), network.classes()),
          std::move(sources)};
}

Layer norm_as_weights(const Layer& norm, std::int64_t dimensions) {
  const Affine affine = affine_of(norm, norm.weight().scalar_type());
  Layer weights{
      .kind = dimensions == 4 ? Kind::conv : Kind::linear, .name = norm.name, .inputs = norm.inputs};
  const bool map = dimensions == 4;
  weights.attributes.groups = map ? affine.scale.size(0) : 1;
  weights.parameters = {{"scale", map ? affine.scale.view({-1, 1, 1, 1}) : at::diag(affine.scale)},
                        {"shift", affine.shift}};
  return weights;
}

}  // namespace assay
