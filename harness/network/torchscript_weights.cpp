#include "harness/network/tensor.h"
#include "harness/network/torchscript_reader.h"

namespace assay::torchscript {
namespace {

/// "same" and "valid" as PyTorch pads: the odd pixel goes to the bottom and to the right.
std::optional<std::array<std::int64_t, 4>> conv_padding(const Reader& r, const Layer& layer) {
  const IValue& padding = r.call["padding"][0];
  if (!padding.isString()) {
    const auto pad = r.pair("padding", {0, 0});
    return pad ? std::optional(both_sides(*pad)) : std::nullopt;
  }
  if (padding.toStringRef() == "valid") return std::array<std::int64_t, 4>{0, 0, 0, 0};
  std::array<std::int64_t, 4> pad{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t total = layer.attributes.dilation[i] * (layer.attributes.kernel[i] - 1);
    pad[i] = total / 2;
    pad[i + 2] = total - total / 2;
  }
  return pad;
}

/// x W^T + b from a constant W [O,I] or its transpose.
Meaning linear_layer(const Reader& r, std::string_view input, std::string_view weight, bool transposed,
                     std::string_view bias) {
  if (r.layer(input) < 0 || r.dim(input) != 2 || !r.is_constant_tensor(weight) || r.dim(weight) != 2)
    return {};
  if (!r.is_constant_or_none(bias) || (r.has(bias) && r.dim(bias) != 1)) return {};
  Layer layer = layer_of_kind(Kind::linear, {r.layer(input)});
  layer.parameters.push_back(r.recorder.parameter(r.call[weight], "weight"));
  Tensor& value = layer.parameters[0].value;
  if (transposed) value = r.call[weight][0].toTensor().detach().t().contiguous();
  if (r.has(bias)) layer.parameters.push_back(r.recorder.parameter(r.call[bias], "bias"));
  return meaning(std::move(layer));
}

}  // namespace

Meaning convolution(const Reader& r) {
  if (r.layer("input") < 0 || r.dim("input") != 4 || r.flag("transposed")) return {};
  if (!r.is_constant_tensor("weight") || r.dim("weight") != 4 || !r.is_constant_or_none("bias")) return {};
  Layer layer = layer_of_kind(Kind::conv, {r.layer("input")});
  const auto stride = r.pair("stride", {1, 1}), dilation = r.pair("dilation", {1, 1});
  if (!stride || !dilation) return {};
  layer.attributes.kernel = {r.sizes("weight")[2], r.sizes("weight")[3]};
  layer.attributes.stride = *stride;
  layer.attributes.dilation = *dilation;
  layer.attributes.groups = r.call["groups"][0].toInt();
  const auto pad = conv_padding(r, layer);
  if (!pad) return {};
  layer.attributes.pad = *pad;
  layer.parameters.push_back(r.recorder.parameter(r.call["weight"], "weight"));
  if (r.has("bias")) layer.parameters.push_back(r.recorder.parameter(r.call["bias"], "bias"));
  return meaning(std::move(layer));
}

Meaning linear(const Reader& r) {
  return linear_layer(r, "input", "weight", false, "bias");
}

Meaning addmm(const Reader& r) {
  if (r.number("beta", 1) != 1 || r.number("alpha", 1) != 1) return {};
  return linear_layer(r, "mat1", "mat2", true, "self");
}

Meaning matmul(const Reader& r) {
  return linear_layer(r, "self", r.has("other") ? "other" : "mat2", true, "out");
}

Meaning batch_norm(const Reader& r) {
  if (r.layer("input") < 0 || (r.dim("input") != 4 && r.dim("input") != 2)) return {};
  if (!r.is_constant_tensor("running_mean") || !r.is_constant_tensor("running_var")) return {};
  if (!r.is_constant_or_none("weight") || !r.is_constant_or_none("bias")) return {};
  Layer layer = layer_of_kind(Kind::batch_norm, {r.layer("input")});
  const Tensor mean = r.call["running_mean"][0].toTensor();
  const auto add = [&](const char* name, const Tensor& otherwise) {
    layer.parameters.push_back(r.has(name) ? r.recorder.parameter(r.call[name], name)
                                           : Parameter{std::string(".") + name, otherwise});
  };
  add("weight", at::ones_like(mean));
  add("bias", at::zeros_like(mean));
  add("running_mean", {});
  add("running_var", {});
  layer.attributes.epsilon = r.number("eps", 1e-5);
  return meaning(std::move(layer));
}

Meaning add_bias(const Reader& r, std::string_view input, std::string_view bias) {
  const int index = r.layer(input);
  if (index < 0 || !r.is_constant_tensor(bias) || r.dim(bias) != 1) return {};
  const Layer& linear = r.recorder.layer(index);
  if (linear.kind != Kind::linear || linear.parameters.size() != 1 ||
      r.sizes(bias)[0] != linear.weight().size(0))
    return {};
  Layer layer = linear;
  layer.parameters.push_back(r.recorder.parameter(r.call[bias], "bias"));
  return meaning(std::move(layer));
}

}  // namespace assay::torchscript
