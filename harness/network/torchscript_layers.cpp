#include <algorithm>
#include <map>

#include "harness/network/tensor.h"
#include "harness/network/torchscript_reader.h"

namespace assay::torchscript {
namespace {

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
