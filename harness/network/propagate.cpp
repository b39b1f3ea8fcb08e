#include "harness/network/propagate.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "harness/core/error.h"
#include "harness/network/convolution.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

Tensor in_type(const Tensor& value, at::ScalarType type) {
  return value.is_floating_point() ? value.to(type) : value;
}

std::vector<Tensor> inputs_of(const Layer& layer, std::span<const Tensor> activations, at::ScalarType type) {
  std::vector<Tensor> inputs;
  for (const int input : layer.inputs)
    inputs.push_back(in_type(activations[static_cast<std::size_t>(input)], type));
  return inputs;
}

std::vector<Tensor> pass_layer(const Layer& layer, std::span<const Tensor> activations, const Tensor& output,
                               const Tensor& relevance, const Rules& rules) {
  const at::ScalarType type = relevance.scalar_type();
  const Layer converted = layer_in_type(layer, relevance.device(), type);
  const std::vector<Tensor> inputs = inputs_of(layer, activations, type);
  const Tensor out = in_type(output, type);
  return rules.rule(layer.kind)(LayerPass{converted, inputs, out, relevance});
}

void note_sum(Conservation* report, int layer, const Tensor& relevance) {
  if (report) report->sums[static_cast<std::size_t>(layer)] = relevance.sum(at::kDouble).item<double>();
}

}  // namespace

std::optional<std::string> missing_rule(const Layer& layer, std::string_view method) {
  if (layer.kind != Kind::opaque && layer.kind != Kind::softmax) return std::nullopt;
  return fmt::format("layer '{}' ({}): {} has no rule for it", layer.name,
                     layer.opaque ? layer.opaque->name() : std::string(name_of(layer.kind)), method);
}

Layer layer_in_type(const Layer& layer, at::Device device, at::ScalarType type) {
  Layer converted = layer;
  for (Parameter& parameter : converted.parameters)
    if (parameter.value.is_floating_point()) parameter.value = parameter.value.to(type);
  if (layer.opaque) converted.opaque = layer.opaque->to(device, type);
  return converted;
}

std::vector<Tensor> local_gradient(const LayerPass& pass) {
  if (pass.layer.kind == Kind::conv) return {convolve_back(pass.layer, pass.inputs[0], pass.relevance)};
  const at::AutoGradMode record(true);
  std::vector<Tensor> leaves, wanted;
  for (const Tensor& input : pass.inputs) {
    leaves.push_back(input.detach());
    if (!input.is_floating_point()) continue;
    leaves.back().requires_grad_();
    wanted.push_back(leaves.back());
  }
  const Tensor output = Network::run(pass.layer, leaves);
  std::vector<Tensor> gradients(leaves.size());
  if (wanted.empty() || !output.requires_grad()) return gradients;
  const auto found = torch::autograd::grad({output}, wanted, {pass.relevance}, /*retain_graph=*/false,
                                           /*create_graph=*/false, /*allow_unused=*/true);
  for (std::size_t i = 0, next = 0; i < leaves.size(); ++i)
    if (leaves[i].requires_grad()) gradients[i] = found[next++];
  return gradients;
}

const Rule& Rules::rule(Kind kind) const {
  const auto found = of_kind.find(kind);
  return found == of_kind.end() ? fallback : found->second;
}

std::vector<Tensor> exact_activations(const Network& network, const Tensor& input) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> values{input.to(at::kDouble)};
  for (const Layer& layer : network.layers().subspan(1))
    values.push_back(Network::run(layer_in_type(layer, input.device(), at::kDouble),
                                  inputs_of(layer, values, at::kDouble)));
  return values;
}

std::vector<int> walked_layers(const Network& network, int start, int stop) {
  const auto layers = network.layers();
  std::vector<bool> fed(layers.size(), false), feeds(layers.size(), false);
  fed.at(static_cast<std::size_t>(stop)) = feeds.at(static_cast<std::size_t>(start)) = true;
  for (std::size_t i = static_cast<std::size_t>(stop) + 1; i < layers.size(); ++i)
    fed[i] = std::ranges::any_of(layers[i].inputs,
                                 [&](int input) { return fed[static_cast<std::size_t>(input)]; });
  for (auto i = static_cast<std::size_t>(start); i > 0; --i)
    if (feeds[i])
      for (const int input : layers[i].inputs) feeds[static_cast<std::size_t>(input)] = true;
  std::vector<int> walked;
  for (int i = stop + 1; i <= start; ++i)
    if (fed[static_cast<std::size_t>(i)] && feeds[static_cast<std::size_t>(i)]) walked.push_back(i);
  return walked;
}

Tensor propagate(const Network& network, std::span<const Tensor> activations, const Tensor& seed,
                 const Rules& rules, int start, int stop, Conservation* report) {
  ASSAY_ASSERT(0 <= stop && stop <= start && start < network.size());
  const at::NoGradGuard no_grad;
  if (report)
    report->sums.assign(static_cast<std::size_t>(start) + 1, std::numeric_limits<double>::quiet_NaN());
  std::map<int, Tensor> relevance{{start, seed}};
  const std::vector<int> walked = walked_layers(network, start, stop);
  for (const int i : walked | std::views::reverse) {
    const auto found = relevance.find(i);
    if (found == relevance.end()) continue;
    const Layer& layer = network.layers()[static_cast<std::size_t>(i)];
    const std::vector<Tensor> parts =
        pass_layer(layer, activations, activations[static_cast<std::size_t>(i)], found->second, rules);
    note_sum(report, i, found->second);
    relevance.erase(found);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      if (!parts[k].defined()) continue;
      Tensor& below = relevance[layer.inputs[k]];
      below = below.defined() ? below + parts[k] : parts[k];
    }
  }
  for (const auto& [layer, arrived] : relevance) note_sum(report, layer, arrived);
  const auto result = relevance.find(stop);
  if (result != relevance.end()) return result->second;
  return at::zeros(activations[static_cast<std::size_t>(stop)].sizes(), seed.options());
}

}  // namespace assay
