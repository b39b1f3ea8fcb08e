#include "harness/network/lrp_rules.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <optional>

#include "harness/core/error.h"
#include "harness/network/folded_norms.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// A linear layer without its bias, whole and by the sign of its weights.
struct SignedWeights {
  Layer whole;
  Layer positive;
  std::optional<Layer> negative;  // none where no weight is
  Tensor bias;                    // broadcasts over the output, or undefined
};

SignedWeights by_sign(const LayerPass& pass) {
  const bool norm = pass.layer.kind == Kind::batch_norm;
  const Layer layer = norm ? norm_as_weights(pass.layer, pass.output.dim()) : pass.layer;
  if (layer.kind != Kind::conv && layer.kind != Kind::linear) return {layer, layer, std::nullopt, Tensor()};
  SignedWeights parts{layer, layer, layer, layer.bias()};
  if (parts.bias.defined() && pass.output.dim() == 4) parts.bias = parts.bias.view({-1, 1, 1});
  for (Layer* part : {&parts.whole, &parts.positive, &*parts.negative}) part->parameters.resize(1);
  parts.positive.parameters[0].value = layer.weight().clamp_min(0);
  parts.negative->parameters[0].value = layer.weight().clamp_max(0);
  return parts;
}

/// Values that went through a layer, with the graph that tells what each contributed.
struct Flow {
  std::vector<Tensor> inputs;
  Tensor output;
};

Flow flow_through(const Layer& layer, const std::vector<Tensor>& inputs) {
  const at::AutoGradMode record(true);
  Flow flow;
  for (const Tensor& input : inputs) flow.inputs.push_back(input.detach().clone().requires_grad_());
  flow.output = Network::run(layer, flow.inputs);
  return flow;
}

/// Contributions of one sign: x+ w+ and x- w-, or x+ w- and x- w+.
std::vector<Flow> flows_of_sign(const SignedWeights& weights, std::span<const Tensor> inputs, bool positive) {
  std::vector<Tensor> above, below;
  bool any_below = false;
  for (const Tensor& input : inputs) {
    above.push_back(input.clamp_min(0));
    below.push_back(input.clamp_max(0));
    any_below = any_below || (input < 0).any().item<bool>();
  }
  std::vector<Flow> flows;
  if (positive) flows.push_back(flow_through(weights.positive, above));
  if (!positive && weights.negative) flows.push_back(flow_through(*weights.negative, above));
  if (!positive && any_below) flows.push_back(flow_through(weights.positive, below));
  if (positive && any_below && weights.negative) flows.push_back(flow_through(*weights.negative, below));
  return flows;
}

Tensor total_of(const std::vector<Flow>& flows, const Tensor& like) {
  Tensor total = at::zeros_like(like);
  for (const Flow& flow : flows) total = total + flow.output.detach();
  return total;
}

/// Adds factor * x_j d/dx_j <signal, output> to the parts, by input.
void add_parts(const Flow& flow, const Tensor& signal, double factor, std::vector<Tensor>& parts) {
  const std::vector<Tensor> slopes = torch::autograd::grad({flow.output}, flow.inputs, {signal});
  parts.resize(flow.inputs.size());
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Tensor part = slopes[k] * flow.inputs[k].detach() * factor;
    parts[k] = parts[k].defined() ? parts[k] + part : part;
  }
}

Tensor quotient(const Tensor& relevance, const Tensor& total) {
  return at::where(total == 0, at::zeros_like(relevance), relevance / total);
}

Tensor stabilised(const Tensor& total, double epsilon) {
  return at::where(total < 0, total - epsilon, total + epsilon);
}

/// The layer is linear but for its bias, and its output is the sum of what its inputs contribute.
std::vector<Tensor> by_epsilon(const LayerPass& pass, const LrpStep& step) {
  const Tensor signal = quotient(pass.relevance, stabilised(pass.output, step.epsilon));
  std::vector<Tensor> parts = local_gradient({pass.layer, pass.inputs, pass.output, signal});
  for (std::size_t k = 0; k < parts.size(); ++k) parts[k] = parts[k] * pass.inputs[k];
  return parts;
}

std::vector<Tensor> by_gamma(const LayerPass& pass, const LrpStep& step) {
  const SignedWeights weights = by_sign(pass);
  const std::vector<Flow> rising = flows_of_sign(weights, pass.inputs, true);
  const std::vector<Flow> falling = flows_of_sign(weights, pass.inputs, false);
  Tensor up = total_of(rising, pass.relevance), down = total_of(falling, pass.relevance);
  if (weights.bias.defined()) {
    up = up + weights.bias.clamp_min(0);
    down = down + weights.bias.clamp_max(0);
  }
  const Tensor is_up = up + down > 0;
  const Tensor total = up + down + step.gamma * at::where(is_up, up, down);
  const Tensor signal = quotient(pass.relevance, stabilised(total, step.epsilon));
  const Tensor favoured = signal * (1 + step.gamma);
  std::vector<Tensor> parts;
  for (const Flow& flow : rising) add_parts(flow, at::where(is_up, favoured, signal), 1, parts);
  for (const Flow& flow : falling) add_parts(flow, at::where(is_up, signal, favoured), 1, parts);
  return parts;
}

std::vector<Tensor> by_z_plus(const LayerPass& pass) {
  const std::vector<Flow> rising = flows_of_sign(by_sign(pass), pass.inputs, true);
  const Tensor signal = quotient(pass.relevance, total_of(rising, pass.relevance));
  std::vector<Tensor> parts;
  for (const Flow& flow : rising) add_parts(flow, signal, 1, parts);
  return parts;
}

std::vector<Tensor> by_z_box(const LayerPass& pass, const LrpStep& step) {
  const SignedWeights weights = by_sign(pass);
  ASSAY_ASSERT(weights.negative && pass.inputs.size() == 1);
  const auto bound = [&](const Tensor& values) {
    return values.to(pass.inputs[0].options()).view(pass.inputs[0].sizes());
  };
  const Flow whole = flow_through(weights.whole, {pass.inputs[0]});
  const Flow low = flow_through(weights.positive, {bound(step.low)});
  const Flow high = flow_through(*weights.negative, {bound(step.high)});
  const Tensor total = whole.output.detach() - low.output.detach() - high.output.detach();
  const Tensor signal = quotient(pass.relevance, total);
  std::vector<Tensor> parts;
  add_parts(whole, signal, 1, parts);
  add_parts(low, signal, -1, parts);
  add_parts(high, signal, -1, parts);
  return parts;
}

std::vector<Tensor> by_step(const LayerPass& pass, const LrpStep& step) {
  switch (step.rule) {
    case LrpRule::epsilon:
      return by_epsilon(pass, step);
    case LrpRule::gamma:
      return by_gamma(pass, step);
    case LrpRule::z_plus:
      return by_z_plus(pass);
    case LrpRule::z_box:
      return by_z_box(pass, step);
  }
  ASSAY_ASSERT(!"a rule without a function");
}

std::vector<Tensor> kept_as_it_is(const LayerPass& pass) {
  return {pass.relevance};
}

std::vector<Tensor> refused_by_lrp(const LayerPass& pass) {
  throw ConfigError(missing_rule(pass.layer, "layer-wise relevance propagation").value());
}

}  // namespace

bool is_lrp_step(Kind kind) {
  return kind == Kind::conv || kind == Kind::linear || kind == Kind::batch_norm || kind == Kind::avg_pool ||
         kind == Kind::global_avg_pool || kind == Kind::add;
}

Rules lrp_rules(std::map<std::string, LrpStep> steps) {
  Rules rules;
  const Rule linear_step = [steps = std::move(steps)](const LayerPass& pass) {
    return by_step(pass, steps.at(pass.layer.name));
  };
  for (const Kind kind :
       {Kind::conv, Kind::linear, Kind::batch_norm, Kind::avg_pool, Kind::global_avg_pool, Kind::add})
    rules.of_kind[kind] = linear_step;
  for (const Kind kind : {Kind::relu, Kind::relu6, Kind::leaky_relu, Kind::dropout, Kind::lrn})
    rules.of_kind[kind] = kept_as_it_is;
  for (const Kind kind : {Kind::opaque, Kind::softmax}) rules.of_kind[kind] = refused_by_lrp;
  rules.fallback = local_gradient;
  return rules;
}

}  // namespace assay
