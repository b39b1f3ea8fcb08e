#include "methods/excitation_walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/propagate.h"
#include "harness/network/tensor.h"
#include "methods/map_layer.h"

namespace assay {
namespace {

Tensor one_hot_at(const Tensor& logits, std::int64_t target) {
  const Tensor seed = at::zeros(logits.sizes(), logits.options().dtype(at::kDouble));
  seed.view({-1})[target] = 1;
  return seed;
}

/// By layer index: is its output certainly at least 0?
std::vector<bool> non_negative(const Network& network) {
  std::vector<bool> known;
  for (const Layer& layer : network.layers()) {
    const auto inputs_are = [&] {
      return std::ranges::all_of(layer.inputs,
                                 [&](int input) { return known[static_cast<std::size_t>(input)]; });
    };
    switch (layer.kind) {
      case Kind::relu:
      case Kind::relu6:
      case Kind::softmax:
        known.push_back(true);
        break;
      case Kind::max_pool:
      case Kind::avg_pool:
      case Kind::global_avg_pool:
      case Kind::global_max_pool:
      case Kind::lrn:
      case Kind::concat:
      case Kind::add:
      case Kind::dropout:
      case Kind::flatten:
      case Kind::pad_channels:
        known.push_back(inputs_are());
        break;
      case Kind::broadcast_like:
        known.push_back(known[static_cast<std::size_t>(layer.inputs[0])]);
        break;
      default:
        known.push_back(false);
    }
  }
  return known;
}

bool clamps(Kind kind) {
  return kind == Kind::conv || kind == Kind::linear || kind == Kind::avg_pool ||
         kind == Kind::global_avg_pool;
}

}  // namespace

int classifier_of(const Network& network) {
  for (int i = network.output(); i > 0; --i) {
    const Kind kind = network.layers()[static_cast<std::size_t>(i)].kind;
    if (kind == Kind::conv || kind == Kind::linear) return i;
  }
  return -1;
}

Tensor winning_probability(const Network& canonised, std::span<const Tensor> activations, std::int64_t target,
                           int layer) {
  return propagate(canonised, activations, one_hot_at(activations.back(), target), excitation_rules(),
                   canonised.output(), layer);
}

Contrast contrast_at(const Network& canonised, std::span<const Tensor> activations, std::int64_t target,
                     int contrast_layer) {
  const int classifier = classifier_of(canonised);
  const int below = canonised.layers()[static_cast<std::size_t>(classifier)].inputs[0];
  const Tensor top = winning_probability(canonised, activations, target, classifier);
  const auto walk = [&](bool negative) {
    const Tensor step = propagate(canonised, activations, top, excitation_rules(negative), classifier, below);
    return propagate(canonised, activations, step, excitation_rules(), below, contrast_layer);
  };
  return {walk(false), walk(true)};
}

std::optional<std::string> walk_problem(const Network& network, int from, const std::string& to) {
  int stop = 0;
  try {
    stop = network.find(to);
  } catch (const ConfigError& error) {
    return error.what();
  }
  const std::string& from_name = network.layers()[static_cast<std::size_t>(from)].name;
  if (stop > from || (stop != from && walked_layers(network, from, stop).empty()))
    return fmt::format("layer '{}' does not feed '{}'; choose a layer below it", to, from_name);
  for (const int i : walked_layers(network, from, stop)) {
    const Layer& layer = network.layers()[static_cast<std::size_t>(i)];
    if (const auto problem = missing_rule(layer, "excitation backprop")) return problem;
  }
  return std::nullopt;
}

std::optional<std::string> map_problem(const Network& network, const std::string& layer) {
  if (const auto problem = unmappable(network, network.find(layer))) return problem;
  try {
    network.canonised();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return std::nullopt;
}

bool may_be_negative(const Network& network, int layer) {
  return !non_negative(network)[static_cast<std::size_t>(layer)];
}

std::string clamp_note(const Network& network, const std::string& layer) {
  const std::vector<bool> known = non_negative(network);
  for (const int i : walked_layers(network, network.output(), network.find(layer))) {
    const Layer& passed = network.layers()[static_cast<std::size_t>(i)];
    if (clamps(passed.kind) && !known[static_cast<std::size_t>(passed.inputs[0])])
      return "inputs clamped at 0";
  }
  return "";
}

}  // namespace assay
