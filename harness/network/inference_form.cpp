#include "harness/network/inference_form.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/packed_convolution.h"
#include "harness/network/shapes.h"

namespace assay {
namespace {

/// By layer: how many layers read it; the output counts as read by the caller.
std::vector<int> count_readers(std::span<const Layer> layers) {
  std::vector<int> readers(layers.size(), 0);
  for (const Layer& layer : layers)
    for (const int input : layer.inputs) ++readers[input];
  ++readers.back();
  return readers;
}

bool is_activation(Kind kind) {
  return kind == Kind::relu || kind == Kind::relu6 || kind == Kind::leaky_relu;
}

/// gamma (W x + b - mean) / sqrt(var + eps) + beta as a convolution alone.
Layer folded(Layer conv, const Layer& norm) {
  const auto exact = [](const Tensor& x) { return x.to(at::kDouble); };
  const std::vector<Parameter>& p = norm.parameters;
  const Tensor scale = exact(p[0].value) / (exact(p[3].value) + norm.attributes.epsilon).sqrt();
  const Tensor bias = conv.bias().defined() ? exact(conv.bias()) : at::zeros_like(scale);
  const Tensor moved = (bias - exact(p[2].value)) * scale + exact(p[1].value);
  const Tensor weight = exact(conv.weight()) * scale.view({-1, 1, 1, 1});
  conv.parameters.resize(1);
  conv.parameters[0].value = weight.to(at::kFloat);
  conv.parameters.push_back({"", moved.to(at::kFloat)});
  return conv;
}

/// Builds the new list; places_ says where what an old layer gave is to be found.
class Former {
 public:
  explicit Former(std::span<const Layer> layers)
      : old_(layers), readers_(count_readers(layers)), places_(layers.size(), -1) {}

  std::vector<Layer> run() {
    for (int index = 0; index < static_cast<int>(old_.size()); ++index) {
      const bool drops = old_[index].kind == Kind::dropout && !is_output(index);
      if (drops) places_[index] = places_[old_[index].inputs[0]];
      if (places_[index] < 0) take(index);
    }
    return std::move(made_);
  }

 private:
  bool is_output(int index) const { return index + 1 == static_cast<int>(old_.size()); }

  /// The layer that reads this one, if it is the only one and not the output; else -1.
  int follower(int index) const {
    if (readers_[index] != 1) return -1;
    for (int next = index + 1; !is_output(next); ++next)
      if (std::ranges::count(old_[next].inputs, index) > 0) return next;
    return -1;
  }

  void take(int index) {
    Layer layer = old_[index];
    for (int& input : layer.inputs) input = places_[input];
    layer.reads_blocks = true;
    places_[index] = static_cast<int>(made_.size());
    made_.push_back(layer.kind == Kind::conv ? packed(index, std::move(layer)) : std::move(layer));
  }

  /// The convolution with what follows it; whoever reads that then reads the convolution.
  Layer packed(int index, const Layer& conv) {
    std::vector<int> absorbed;
    Layer whole = conv;
    int next = follower(index);
    if (next >= 0 && old_[next].kind == Kind::batch_norm) {
      whole = folded(std::move(whole), old_[next]);
      absorbed.push_back(next);
      next = follower(next);
    }
    const bool activates = next >= 0 && is_activation(old_[next].kind);
    if (activates) absorbed.push_back(next);
    whole.packed = PackedConvolution::of(whole, activates ? &old_[next] : nullptr);
    if (!whole.packed) return conv;
    for (const int layer : absorbed) places_[layer] = places_[index];
    return whole;
  }

  std::span<const Layer> old_;
  std::vector<int> readers_;
  std::vector<int> places_;  // by old layer; -1: not taken yet
  std::vector<Layer> made_;
};

/// A tensor of five dimensions that an operator of its own makes could be taken for a blocked map.
bool has_only_maps_and_vectors(const Network& network) {
  return std::ranges::all_of(output_shapes(network), [](const Shape& shape) { return shape.size() <= 3; });
}

}  // namespace

std::string_view name_of(Form form) {
  switch (form) {
    case Form::packed:
      return "packed";
    case Form::plain:
      return "plain";
    case Form::channels_last:
      return "channels-last";
  }
  ASSAY_ASSERT(!"a form without a name");
}

Network packed_form(const Network& network) {
  const bool served = network.device().is_cpu() && network.type() == at::kFloat && convolution_block() > 0;
  if (!served || !has_only_maps_and_vectors(network)) return network;
  return Network(network.name(), Former(network.layers()).run(), network.preprocess(), network.classes());
}

Network channels_last_form(const Network& network) {
  if (network.device().is_cpu()) return network;
  std::vector<Layer> layers(network.layers().begin(), network.layers().end());
  for (Layer& layer : layers)
    if (layer.kind == Kind::conv)
      layer.parameters[0].value = layer.weight().contiguous(at::MemoryFormat::ChannelsLast);
  return Network(network.name(), std::move(layers), network.preprocess(), network.classes());
}

Network in_form(const Network& network, Form form) {
  if (form == Form::packed) return packed_form(network);
  return form == Form::channels_last ? channels_last_form(network) : network;
}

}  // namespace assay
