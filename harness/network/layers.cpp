#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "harness/network/blocked.h"
#include "harness/network/convolution.h"
#include "harness/network/linear.h"
#include "harness/network/lrn.h"
#include "harness/network/network.h"
#include "harness/network/packed_convolution.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

using Inputs = std::span<const Tensor>;

Tensor run_input(const Layer& layer, Inputs) {
  throw Error(fmt::format("layer '{}' is the input: it has nothing to run", layer.name));
}

Tensor run_conv(const Layer& layer, Inputs inputs) {
  return convolve(layer, inputs[0]);
}

Tensor run_linear(const Layer& layer, Inputs inputs) {
  return linear(inputs[0].flatten(1), layer.weight(), layer.bias());
}

Tensor run_batch_norm(const Layer& layer, Inputs inputs) {
  const std::vector<Parameter>& p = layer.parameters;
  return at::batch_norm(inputs[0], p[0].value, p[1].value, p[2].value, p[3].value, /*training=*/false,
                        /*momentum=*/0, layer.attributes.epsilon, /*cudnn_enabled=*/false);
}

Tensor run_relu(const Layer&, Inputs inputs) {
  return at::relu(inputs[0]);
}

Tensor run_relu6(const Layer&, Inputs inputs) {
  return at::hardtanh(inputs[0], 0, 6);
}

Tensor run_leaky_relu(const Layer& layer, Inputs inputs) {
  return at::leaky_relu(inputs[0], layer.attributes.slope);
}

Tensor run_max_pool(const Layer& layer, Inputs inputs) {
  return max_pool(inputs[0], layer.attributes);
}

Tensor run_avg_pool(const Layer& layer, Inputs inputs) {
  return avg_pool(inputs[0], layer.attributes);
}

Tensor run_global_avg_pool(const Layer&, Inputs inputs) {
  return inputs[0].mean({2, 3}, /*keepdim=*/true);
}

Tensor run_global_max_pool(const Layer&, Inputs inputs) {
  return std::get<0>(at::adaptive_max_pool2d(inputs[0], {1, 1}));
}

Tensor run_lrn(const Layer& layer, Inputs inputs) {
  return lrn(inputs[0], layer.attributes);
}

Tensor run_concat(const Layer&, Inputs inputs) {
  return at::cat(at::TensorList(inputs.data(), inputs.size()), 1);
}

Tensor run_add(const Layer&, Inputs inputs) {
  return std::accumulate(inputs.begin() + 1, inputs.end(), inputs[0]);
}

Tensor run_identity(const Layer&, Inputs inputs) {
  return inputs[0];
}

Tensor run_flatten(const Layer&, Inputs inputs) {
  return inputs[0].flatten(1);
}

Tensor run_softmax(const Layer&, Inputs inputs) {
  return at::softmax(inputs[0], 1);
}

Tensor run_broadcast_like(const Layer&, Inputs inputs) {
  return inputs[0].expand({-1, -1, inputs[1].size(2), inputs[1].size(3)});
}

Tensor run_pad_channels(const Layer& layer, Inputs inputs) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  const Tensor halved = inputs[0].slice(2, 0, kEnd, 2).slice(3, 0, kEnd, 2);
  return at::constant_pad_nd(halved, {0, 0, 0, 0, layer.attributes.before, layer.attributes.after});
}

Tensor run_opaque(const Layer& layer, Inputs inputs) {
  return layer.opaque->run(inputs);
}

struct KindRow {
  Kind kind;
  std::string_view name;
  Tensor (*run)(const Layer&, Inputs);
};

constexpr KindRow kKinds[] = {
    {Kind::input, "input", run_input},
    {Kind::conv, "conv", run_conv},
    {Kind::linear, "linear", run_linear},
    {Kind::batch_norm, "batch_norm", run_batch_norm},
    {Kind::relu, "relu", run_relu},
    {Kind::relu6, "relu6", run_relu6},
    {Kind::leaky_relu, "leaky_relu", run_leaky_relu},
    {Kind::max_pool, "max_pool", run_max_pool},
    {Kind::avg_pool, "avg_pool", run_avg_pool},
    {Kind::global_avg_pool, "global_avg_pool", run_global_avg_pool},
    {Kind::global_max_pool, "global_max_pool", run_global_max_pool},
    {Kind::lrn, "lrn", run_lrn},
    {Kind::concat, "concat", run_concat},
    {Kind::add, "add", run_add},
    {Kind::dropout, "dropout", run_identity},
    {Kind::flatten, "flatten", run_flatten},
    {Kind::softmax, "softmax", run_softmax},
    {Kind::broadcast_like, "broadcast_like", run_broadcast_like},
    {Kind::pad_channels, "pad_channels", run_pad_channels},
    {Kind::opaque, "opaque", run_opaque},
};

constexpr bool in_order_of_kind() {
  for (std::size_t i = 0; i < std::size(kKinds); ++i)
    if (static_cast<std::size_t>(kKinds[i].kind) != i) return false;
  return true;
}
static_assert(in_order_of_kind());

}  // namespace

std::string_view name_of(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)].name;
}

Tensor Network::run(const Layer& layer, std::span<const Tensor> inputs) {
  RECORD_USER_SCOPE(name_of(layer.kind).data());
  if (layer.packed) return layer.packed->run(inputs[0], layer.attributes.pad);
  if (layer.reads_blocks && std::ranges::any_of(inputs, is_blocked)) return run_blocked(layer, inputs);
  return kKinds[static_cast<std::size_t>(layer.kind)].run(layer, inputs);
}

}  // namespace assay
