#include "harness/network/layer_builder.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace assay {

LayerBuilder::LayerBuilder(std::uint64_t seed) : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
  push(Kind::input, "input", {}, {});
}

int LayerBuilder::add(Kind kind, std::string name, Attributes attributes, std::vector<int> inputs) {
  if (inputs.empty()) inputs = {last()};
  return push(kind, std::move(name), std::move(attributes), std::move(inputs));
}

int LayerBuilder::conv(const std::string& name, std::int64_t in, std::int64_t out, Attributes attributes,
                       bool bias, int input) {
  const auto [height, width] = attributes.kernel;
  const int index = push(Kind::conv, name, attributes, {input});
  draw(name, {out, in / attributes.groups, height, width}, bias, 0);
  return index;
}

int LayerBuilder::linear(const std::string& name, std::int64_t in, std::int64_t out, double deviation) {
  const int index = push(Kind::linear, name, {}, {last()});
  draw(name, {out, in}, /*bias=*/true, deviation);
  return index;
}

int LayerBuilder::fully_connected(const std::string& number, std::int64_t in, std::int64_t out) {
  linear("fc" + number, in, out);
  add(Kind::relu, "relu" + number);
  return add(Kind::dropout, "drop" + number);
}

int LayerBuilder::batch_norm(const std::string& name, std::int64_t channels) {
  Attributes attributes;
  attributes.epsilon = 1e-5;
  const int index = push(Kind::batch_norm, name, attributes, {last()});
  layers_.back().parameters = {{name + ".weight", at::ones({channels})},
                               {name + ".bias", at::zeros({channels})},
                               {name + ".running_mean", at::zeros({channels})},
                               {name + ".running_var", at::ones({channels})}};
  return index;
}

int LayerBuilder::push(Kind kind, std::string name, Attributes attributes, std::vector<int> inputs) {
  Layer layer;
  layer.kind = kind;
  layer.name = std::move(name);
  layer.attributes = attributes;
  layer.inputs = std::move(inputs);
  layers_.push_back(std::move(layer));
  return last();
}

void LayerBuilder::draw(const std::string& name, const std::vector<std::int64_t>& shape, bool bias,
                        double deviation) {
  Tensor weight = at::empty(shape);
  const double fan_in = static_cast<double>(weight.numel() / shape[0]);
  weight.normal_(0, deviation > 0 ? deviation : std::sqrt(2 / fan_in), generator_);
  layers_.back().parameters = {{name + ".weight", weight}};
  if (bias) layers_.back().parameters.push_back({name + ".bias", at::zeros({shape[0]})});
}

Attributes window(std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t groups) {
  Attributes a;
  a.kernel = {kernel, kernel};
  a.stride = {stride, stride};
  a.pad = {pad, pad, pad, pad};
  a.groups = groups;
  return a;
}

}  // namespace assay
