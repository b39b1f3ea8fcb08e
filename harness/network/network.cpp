#include "harness/network/network.h"

#include <ATen/record_function.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/network/inference_form.h"
#include "harness/network/layer_check.h"
#include "harness/network/model_json.h"

namespace assay {
namespace {

void check(const Layer& layer, int index) {
  if ((layer.kind == Kind::input) != (index == 0))
    throw DataError(fmt::format("layer '{}': layer 0, and only layer 0, is the input", layer.name));
  for (const int input : layer.inputs)
    if (input < 0 || input >= index)
      throw DataError(
          fmt::format("layer '{}' reads layer {}, which does not come before it", layer.name, input));
  check_inputs(layer);
  check_parameters(layer);
}

void check_all(std::span<const Layer> layers) {
  if (layers.size() < 2) throw DataError("no layers behind the input");
  std::set<std::string_view> names;
  for (int index = 0; const Layer& layer : layers) {
    check(layer, index++);
    if (!names.insert(layer.name).second)
      throw DataError(fmt::format("two layers are called '{}'", layer.name));
  }
}

std::vector<Tensor> gather(std::span<const Tensor> values, const Layer& layer) {
  std::vector<Tensor> inputs;
  inputs.reserve(layer.inputs.size());
  for (const int input : layer.inputs) inputs.push_back(values[input]);
  return inputs;
}

/// Nobody else can see the memory of `x`, and each element of it once.
bool is_sole_owner(const Tensor& x) {
  return x.use_count() == 1 && x.storage().use_count() == 1 && x.is_non_overlapping_and_dense();
}

/// The first floating-point parameter decides where and in what type a network computes.
at::TensorOptions options_of(std::span<const Layer> layers) {
  for (const Layer& layer : layers)
    for (const Parameter& parameter : layer.parameters)
      if (parameter.value.is_floating_point()) return parameter.value.options().requires_grad(false);
  return at::TensorOptions().dtype(at::kFloat);
}

Tensor per_channel(const std::array<double, 3>& values, const at::TensorOptions& options) {
  const Tensor column = at::empty({3, 1, 1}, at::TensorOptions().dtype(at::kDouble));
  std::copy(values.begin(), values.end(), column.data_ptr<double>());
  return column.to(options);
}

bool keeps_classes(Kind kind) {
  switch (kind) {
    case Kind::batch_norm:
    case Kind::relu:
    case Kind::relu6:
    case Kind::leaky_relu:
    case Kind::lrn:
    case Kind::dropout:
    case Kind::softmax:
      return true;
    default:
      return false;
  }
}

/// Layers with their tensors converted by `convert`.
template <class Convert>
std::vector<Layer> converted(std::span<const Layer> layers, const at::TensorOptions& options,
                             Convert convert) {
  std::vector<Layer> result(layers.begin(), layers.end());
  for (Layer& layer : result) {
    ASSAY_ASSERT(!layer.packed);
    for (Parameter& parameter : layer.parameters) parameter.value = convert(parameter.value);
    if (layer.opaque)
      layer.opaque = layer.opaque->to(options.device(), c10::typeMetaToScalarType(options.dtype()));
  }
  return result;
}

}  // namespace

Network::Network(std::string name, std::vector<Layer> layers, Preprocess preprocess,
                 std::vector<std::string> classes) {
  try {
    check_all(layers);
  } catch (const DataError& error) {
    throw DataError(fmt::format("network '{}': {}", name, error.what()));
  }
  auto self = std::make_shared<Self>();
  self->name = std::move(name);
  self->last_use = last_uses(layers);
  self->layers = std::move(layers);
  self->preprocess = std::move(preprocess);
  self->classes = std::move(classes);
  self_ = std::move(self);
}

std::vector<int> Network::last_uses(std::span<const Layer> layers) {
  std::vector<int> last(layers.size());
  for (int index = 0; index < static_cast<int>(layers.size()); ++index) {
    last[index] = index;
    for (const int input : layers[index].inputs) last[input] = index;
  }
  return last;
}

std::int64_t Network::outputs() const {
  int index = output();
  bool pooled = false;  // each channel is one class
  while (index > 0) {
    const Layer& layer = layers()[index];
    const bool pools = layer.kind == Kind::global_avg_pool || layer.kind == Kind::global_max_pool;
    if (layer.kind == Kind::linear || (layer.kind == Kind::conv && pooled)) return layer.weight().size(0);
    const bool passes = keeps_classes(layer.kind) || pools || layer.kind == Kind::flatten;
    if (!passes) break;
    pooled = pooled || pools;
    index = layer.inputs[0];
  }
  const Preprocess& p = preprocess();
  return forward(at::zeros({1, 3, p.height, p.width}, options_of(layers()))).size(1);
}

bool Network::contains(std::string_view name) const {
  return std::ranges::any_of(layers(), [&](const Layer& layer) { return layer.name == name; });
}

int Network::find(std::string_view name) const {
  const auto found = std::ranges::find(layers(), name, &Layer::name);
  if (found != layers().end()) return static_cast<int>(found - layers().begin());
  std::vector<std::string> names;
  for (const Layer& layer : layers()) names.push_back(layer.name);
  throw ConfigError(fmt::format("network '{}' has no layer '{}'; near: {}", this->name(), name,
                                nearest_names(name, std::move(names))));
}

Tensor Network::normalise(const Tensor& pixels) const {
  RECORD_USER_SCOPE("normalise");
  const Preprocess& p = preprocess();
  const at::TensorOptions options = options_of(layers());
  const Tensor mean = p.mean_image.defined() ? p.mean_image.to(options) : per_channel(p.mean, options);
  return (pixels.to(options) * p.pre_scale - mean) / per_channel(p.std, options);
}

Tensor Network::run_reusing(const Layer& layer, std::span<Tensor> inputs) {
  RECORD_USER_SCOPE(name_of(layer.kind).data());
  if (!inputs.empty() && is_sole_owner(inputs[0])) {
    if (layer.kind == Kind::relu) return at::relu_(inputs[0]);
    if (layer.kind == Kind::relu6) return at::hardtanh_(inputs[0], 0, 6);
    if (layer.kind == Kind::leaky_relu) return at::leaky_relu_(inputs[0], layer.attributes.slope);
    if (layer.kind == Kind::add && inputs.size() == 2 && inputs[0].sizes() == inputs[1].sizes())
      return inputs[0].add_(inputs[1]);
  }
  return Network::run(layer, inputs);
}

Tensor Network::forward(const Tensor& input) const {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> values(layers().size());
  values[0] = input.to(options_of(layers()));
  for (int index = 1; index < size(); ++index) {
    const Layer& layer = layers()[index];
    std::vector<Tensor> inputs = gather(values, layer);
    for (const int read : layer.inputs)
      if (self_->last_use[read] == index) values[read] = Tensor();
    values[index] = run_reusing(layer, inputs);
  }
  const Tensor& logits = values.back();
  return logits.dim() > 2 ? logits.flatten(1) : logits;
}

std::vector<Tensor> Network::activations(const Tensor& input) const {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> values(layers().size());
  values[0] = input.to(options_of(layers()));
  for (int index = 1; index < size(); ++index)
    values[index] = run(layers()[index], gather(values, layers()[index]));
  return values;
}

Network Network::with_layers(std::vector<Layer> layers, Preprocess preprocess) const {
  return Network(name(), std::move(layers), std::move(preprocess), classes());
}

Network Network::with_parameters(int layer, std::vector<Tensor> values) const {
  std::vector<Layer> copy(layers().begin(), layers().end());
  std::vector<Parameter>& parameters = copy.at(layer).parameters;
  ASSAY_ASSERT(values.size() == parameters.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSAY_ASSERT(values[i].sizes() == parameters[i].value.sizes());
    parameters[i].value = std::move(values[i]);
  }
  return with_layers(std::move(copy), preprocess());
}

Network Network::with_preprocess(Preprocess preprocess) const {
  return with_layers({layers().begin(), layers().end()}, std::move(preprocess));
}

Network Network::to(at::Device device) const {
  if (device == this->device()) return *this;
  const at::TensorOptions options = options_of(layers()).device(device);
  Preprocess moved = preprocess();
  if (moved.mean_image.defined()) moved.mean_image = moved.mean_image.to(device);
  return with_layers(converted(layers(), options, [&](const Tensor& t) { return t.to(device); }),
                     std::move(moved));
}

Network Network::to(at::ScalarType type) const {
  if (type == this->type()) return *this;
  const at::TensorOptions options = options_of(layers()).dtype(type);
  return with_layers(converted(layers(), options, [&](const Tensor& t) { return t.to(type); }), preprocess());
}

at::Device Network::device() const {
  return options_of(layers()).device();
}

at::ScalarType Network::type() const {
  return c10::typeMetaToScalarType(options_of(layers()).dtype());
}

Network Network::for_inference(Form form) const {
  Self::Inference& inference = self_->inference.at(static_cast<std::size_t>(form));
  std::call_once(inference.made, [&] {
    const Network formed = in_form(*this, form);
    if (formed.self_ != self_) inference.self = formed.self_;
  });
  return inference.self ? Network(inference.self) : *this;
}

const Hash& Network::hash() const {
  std::call_once(self_->hashed, [this] { self_->hash = content_hash(*this); });
  return self_->hash;
}

}  // namespace assay
