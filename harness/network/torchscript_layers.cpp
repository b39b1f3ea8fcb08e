#include "harness/network/torchscript_layers.h"

#include <algorithm>
#include <map>

#include "harness/network/tensor.h"

namespace assay::torchscript {
namespace {

using Ints = std::vector<std::int64_t>;
using Pair = std::array<std::int64_t, 2>;

/// A call's arguments, read for the mapping.
struct Reader {
  const Call& call;
  const Recorder& recorder;

  bool has(std::string_view name) const { return !call[name][0].isNone(); }
  int layer(std::string_view name) const { return recorder.layer_of(call[name]); }
  std::int64_t dim(std::string_view name) const { return call[name][0].toTensor().dim(); }
  at::IntArrayRef sizes(std::string_view name) const { return call[name][0].toTensor().sizes(); }
  bool is_constant_tensor(std::string_view name) const {
    return call[name][0].isTensor() && recorder.is_constant(call[name]);
  }
  bool is_constant_or_none(std::string_view name) const { return !has(name) || is_constant_tensor(name); }
  std::optional<Ints> ints(std::string_view name) const {
    const Probed& value = call[name];
    if (!value[0].isIntList() || !recorder.is_constant(value)) return std::nullopt;
    return value[0].toIntVector();
  }
  /// One or two numbers as height and width; `fallback` for an empty list.
  std::optional<Pair> pair(std::string_view name, const Pair& fallback) const {
    const auto list = ints(name);
    if (!list || list->size() > 2) return std::nullopt;
    if (list->empty()) return fallback;
    return Pair{list->front(), list->back()};
  }
  bool flag(std::string_view name) const { return call[name][0].isBool() && call[name][0].toBool(); }
  double number(std::string_view name, double fallback) const {
    const IValue& value = call[name][0];
    return value.isScalar() ? value.toScalar().toDouble() : fallback;
  }
};

Layer layer_of_kind(Kind kind, std::vector<int> inputs) {
  Layer layer;
  layer.kind = kind;
  layer.inputs = std::move(inputs);
  return layer;
}

Meaning meaning(Layer layer) {
  return {std::move(layer)};
}
Meaning same_as(int layer) {
  return {std::nullopt, layer};
}

std::array<std::int64_t, 4> both_sides(const Pair& pad) {
  return {pad[0], pad[1], pad[0], pad[1]};
}

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

Meaning one_to_one(const Reader& r, Kind kind) {
  if (r.layer("self") < 0) return {};
  return meaning(layer_of_kind(kind, {r.layer("self")}));
}

Meaning relu(const Reader& r) {
  return one_to_one(r, Kind::relu);
}
Meaning relu6(const Reader& r) {
  return one_to_one(r, Kind::relu6);
}
Meaning hardtanh(const Reader& r) {
  return r.number("min_val", -1) == 0 && r.number("max_val", 1) == 6 ? relu6(r) : Meaning{};
}

Meaning leaky_relu(const Reader& r) {
  Meaning result = one_to_one(r, Kind::leaky_relu);
  if (result.layer) result.layer->attributes.slope = r.number("negative_slope", 0.01);
  return result;
}

Meaning pool(const Reader& r, Kind kind) {
  if (r.layer("self") < 0 || r.dim("self") != 4) return {};
  const auto kernel = r.pair("kernel_size", {0, 0});
  if (!kernel) return {};
  const auto stride = r.pair("stride", *kernel), pad = r.pair("padding", {0, 0});
  if (!stride || !pad) return {};
  Layer layer = layer_of_kind(kind, {r.layer("self")});
  layer.attributes.kernel = *kernel;
  layer.attributes.stride = *stride;
  layer.attributes.pad = both_sides(*pad);
  layer.attributes.ceil_mode = r.flag("ceil_mode");
  return meaning(std::move(layer));
}

Meaning max_pool(const Reader& r) {
  return r.pair("dilation", {1, 1}) == Pair{1, 1} ? pool(r, Kind::max_pool) : Meaning{};
}

Meaning avg_pool(const Reader& r) {
  if (r.has("divisor_override")) return {};
  Meaning result = pool(r, Kind::avg_pool);
  if (result.layer)
    result.layer->attributes.count_include_pad =
        r.flag("count_include_pad") &&
        result.layer->attributes.pad != std::array<std::int64_t, 4>{0, 0, 0, 0};
  return result;
}

Meaning adaptive_max_pool(const Reader& r) {
  const bool global =
      r.layer("self") >= 0 && r.dim("self") == 4 && r.pair("output_size", {0, 0}) == Pair{1, 1};
  return global ? one_to_one(r, Kind::global_max_pool) : Meaning{};
}

Meaning adaptive_avg_pool(const Reader& r) {
  const auto size = r.pair("output_size", {0, 0});
  if (r.layer("self") < 0 || r.dim("self") != 4 || !size || (*size)[0] <= 0 || (*size)[1] <= 0) return {};
  const Pair input{r.sizes("self")[2], r.sizes("self")[3]};
  if (*size == input) return same_as(r.layer("self"));
  if (*size == Pair{1, 1}) return one_to_one(r, Kind::global_avg_pool);
  if (input[0] % (*size)[0] != 0 || input[1] % (*size)[1] != 0) return {};
  Layer layer = layer_of_kind(Kind::avg_pool, {r.layer("self")});
  layer.attributes.kernel = layer.attributes.stride = {input[0] / (*size)[0], input[1] / (*size)[1]};
  return meaning(std::move(layer));
}

Meaning cat(const Reader& r) {
  const Probed& list = r.call["tensors"];
  if (!list[0].isList() || !r.call["dim"][0].isInt()) return {};
  std::vector<int> inputs;
  for (const IValue& value : list[0].toListRef()) {
    const int layer = r.recorder.layer_of({value, value});
    if (layer < 0 || value.toTensor().dim() < 2) return {};
    if (at::maybe_wrap_dim(r.call["dim"][0].toInt(), value.toTensor().dim()) != 1) return {};
    inputs.push_back(layer);
  }
  return meaning(layer_of_kind(Kind::concat, std::move(inputs)));
}

/// The bias of a linear layer that has none yet: the same layer again, with it. The first one falls away
/// unless used.
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

Meaning add(const Reader& r) {
  if (!r.call["self"][0].isTensor() || !r.call["other"][0].isTensor() || r.number("alpha", 1) != 1) return {};
  const int first = r.layer("self"), second = r.layer("other");
  if (first < 0) return add_bias(r, "other", "self");
  if (second < 0) return add_bias(r, "self", "other");
  if (r.sizes("self") != r.sizes("other")) return {};
  return meaning(layer_of_kind(Kind::add, {first, second}));
}

/// Whatever keeps the images apart and the order of the values.
Meaning flatten(const Reader& r) {
  if (r.layer("self") < 0 || r.call.name.ends_with('_')) return {};
  for (std::size_t probe = 0; probe < 2; ++probe) {
    const Tensor& from = r.call["self"][probe].toTensor();
    const Tensor& to = r.call.results[0][probe].toTensor();
    if (from.dim() < 2 || to.dim() != 2) return {};
    if (from.size(0) != kProbeImages[probe] || to.size(0) != kProbeImages[probe]) return {};
  }
  if (r.dim("self") == 2) return same_as(r.layer("self"));
  return meaning(layer_of_kind(Kind::flatten, {r.layer("self")}));
}

Meaning mean(const Reader& r) {
  if (r.layer("self") < 0 || r.dim("self") != 4 || r.has("dtype")) return {};
  auto dims = r.ints("dim");
  if (!dims) return {};
  for (std::int64_t& dim : *dims) dim = at::maybe_wrap_dim(dim, 4);
  std::ranges::sort(*dims);
  if (*dims != Ints{2, 3}) return {};
  Meaning result = one_to_one(r, Kind::global_avg_pool);
  result.then_flatten = !r.flag("keepdim");
  return result;
}

Meaning softmax(const Reader& r) {
  if (r.layer("self") < 0 || r.has("dtype") || !r.call["dim"][0].isInt()) return {};
  return at::maybe_wrap_dim(r.call["dim"][0].toInt(), r.dim("self")) == 1 ? one_to_one(r, Kind::softmax)
                                                                          : Meaning{};
}

Meaning identity(const Reader& r) {
  return same_as(r.layer("self"));
}

const std::map<std::string, Meaning (*)(const Reader&), std::less<>>& table() {
  static const std::map<std::string, Meaning (*)(const Reader&), std::less<>> rows = {
      {"convolution", convolution},
      {"convolution_mode", convolution},
      {"conv2d", convolution},
      {"linear", linear},
      {"addmm", addmm},
      {"matmul", matmul},
      {"mm", matmul},
      {"batch_norm", batch_norm},
      {"relu", relu},
      {"relu6", relu6},
      {"hardtanh", hardtanh},
      {"leaky_relu", leaky_relu},
      {"max_pool2d", max_pool},
      {"avg_pool2d", avg_pool},
      {"adaptive_avg_pool2d", adaptive_avg_pool},
      {"cat", cat},
      {"adaptive_max_pool2d", adaptive_max_pool},
      {"concat", cat},
      {"add", add},
      {"flatten", flatten},
      {"view", flatten},
      {"reshape", flatten},
      {"squeeze", flatten},
      {"mean", mean},
      {"softmax", softmax},
      {"clone", identity},
      {"contiguous", identity},
  };
  return rows;
}

}  // namespace

Meaning meaning_of(const Call& call, const Recorder& recorder) {
  const auto row = table().find(call.plain_name());
  if (!call.name.starts_with("aten::") || row == table().end()) return {};
  return row->second(Reader{call, recorder});
}

}  // namespace assay::torchscript
