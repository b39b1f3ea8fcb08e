#include <torch/csrc/autograd/autograd.h>

#include "harness/core/error.h"
#include "harness/network/propagate.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// x_j d/dx_j <P / y, y> for y = layer(x), linear in x: shares P in proportion to what each input contributes
/// to y; 0 where y is 0.
std::vector<Tensor> share(const Layer& layer, std::vector<Tensor> inputs, const Tensor& relevance) {
  const at::AutoGradMode record(true);
  for (Tensor& input : inputs) input = input.detach().requires_grad_();
  const Tensor output = Network::run(layer, inputs);
  const Tensor plain = output.detach();
  const Tensor ratio = at::where(plain == 0, at::zeros_like(relevance), relevance / plain);
  std::vector<Tensor> parts = torch::autograd::grad({output}, inputs, {ratio});
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = parts[i] * inputs[i];
  return parts;
}

std::vector<Tensor> clamped(std::span<const Tensor> inputs) {
  std::vector<Tensor> positive;
  for (const Tensor& input : inputs) positive.push_back(input.clamp_min(0));
  return positive;
}

Rule weighted(bool negative) {
  return [negative](const LayerPass& pass) {
    Layer positive = pass.layer;
    const Tensor& weight = pass.layer.weight();
    positive.parameters.resize(1);
    positive.parameters[0].value = (negative ? -weight : weight).clamp_min(0);
    return share(positive, clamped(pass.inputs), pass.relevance);
  };
}

std::vector<Tensor> averaged(const LayerPass& pass) {
  return share(pass.layer, clamped(pass.inputs), pass.relevance);
}

std::vector<Tensor> added(const LayerPass& pass) {
  return share(pass.layer, {pass.inputs.begin(), pass.inputs.end()}, pass.relevance);
}

std::vector<Tensor> copied(const LayerPass& pass) {
  return {pass.relevance};
}

std::vector<Tensor> refused(const LayerPass& pass) {
  throw ConfigError(missing_rule(pass.layer, "excitation backprop").value());
}

}  // namespace

Rules excitation_rules(bool negative) {
  Rules rules;
  for (const Kind kind : {Kind::conv, Kind::linear}) rules.of_kind[kind] = weighted(negative);
  for (const Kind kind : {Kind::avg_pool, Kind::global_avg_pool}) rules.of_kind[kind] = averaged;
  rules.of_kind[Kind::add] = added;
  for (const Kind kind :
       {Kind::relu, Kind::relu6, Kind::leaky_relu, Kind::dropout, Kind::lrn, Kind::batch_norm})
    rules.of_kind[kind] = copied;
  for (const Kind kind : {Kind::opaque, Kind::softmax}) rules.of_kind[kind] = refused;
  rules.fallback = local_gradient;  // pooling of maxima, concat, flatten, broadcast, padding: pure routing
  return rules;
}

}  // namespace assay
