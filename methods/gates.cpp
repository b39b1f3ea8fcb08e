#include "methods/gates.h"

#include <fmt/format.h>

#include "harness/network/tensor.h"

namespace assay {
namespace {

Tensor gated_signal(const LayerPass& pass) {
  const double below = pass.layer.kind == Kind::leaky_relu ? pass.layer.attributes.slope : 0;
  return at::where(pass.relevance > 0, pass.relevance, pass.relevance * below);
}

std::vector<Tensor> by_signal(const LayerPass& pass) {
  return {gated_signal(pass)};
}

std::vector<Tensor> by_signal_and_activation(const LayerPass& pass) {
  const Tensor gated = gated_signal(pass);
  return local_gradient({pass.layer, pass.inputs, pass.output, gated});
}

Rules activations_by(const Rule& rule, const std::string& name) {
  Rules rules{.name = name};
  for (const Kind kind : {Kind::relu, Kind::relu6, Kind::leaky_relu}) rules.of_kind[kind] = rule;
  return rules;
}

}  // namespace

Rules deconvolution_rules() {
  return activations_by(by_signal, "deconvolution");
}

Rules guided_rules() {
  return activations_by(by_signal_and_activation, "guided backprop");
}

std::string opaque_note(const Network& network) {
  const Layer* first = nullptr;
  std::int64_t count = 0;
  for (const Layer& layer : network.layers()) {
    if (layer.kind != Kind::opaque) continue;
    if (++count == 1) first = &layer;
  }
  if (!first) return "";
  return fmt::format("opaque layers pass their gradient: {}, '{}' ({}) first", count, first->name,
                     first->opaque->name());
}

}  // namespace assay
