#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// One layer as a rule sees it.
struct LayerPass {
  const Layer& layer;
  std::span<const Tensor> inputs;  // activations, in the order of layer.inputs
  const Tensor& output;            // activation
  const Tensor& relevance;         // of the output, same shape
};

/// How relevance passes one layer backwards: one tensor an input, of that input's shape (undefined = nothing
/// flows).
using Rule = std::function<std::vector<Tensor>(const LayerPass&)>;

/// The default rule of every kind, opaque ones too: vector-Jacobian product, so that propagate() equals
/// autograd.
std::vector<Tensor> local_gradient(const LayerPass& pass);

/// A rule for each kind; kinds without one use `fallback`.
struct Rules {
  std::map<Kind, Rule> of_kind = {};
  Rule fallback = local_gradient;
  std::string name = {};  // of all of it, for those who keep what came out; empty: nobody may
  const Rule& rule(Kind kind) const;
};

/// Why relevance cannot pass a layer by the rules of `method`, where that is so: "layer 'swish' (aten::silu):
/// METHOD has no rule for it", of opaque operators and softmax.
std::optional<std::string> missing_rule(const Layer& layer, std::string_view method);

/// Relevance that arrived at each layer's output, summed over everything, by layer index (NaN where none
/// passed).
struct Conservation {
  std::vector<double> sums;
};

/// The layer with its tensors in `type`; shared where nothing changes.
Layer layer_in_type(const Layer& layer, at::Device device, at::ScalarType type);

/// Outputs of all layers as Network::activations gives them, computed in double (parameters are converted
/// layer by layer). Walks through these do not hang on rounding: in float32 two values of a pooling window
/// that differ by some 1e-6 win or lose with the batch size, the thread count or the CPU, and the relevance
/// of a whole unit moves with them.
std::vector<Tensor> exact_activations(const Network& network, const Tensor& input);

/// Layers that a walk from `start` down to `stop` passes: fed by `stop`, feeding `start` or `start` itself;
/// ascending. Empty when `stop` does not feed `start`.
std::vector<int> walked_layers(const Network& network, int start, int stop);

/// Walks from layer `start` (whose output relevance is `seed`) down to layer `stop` and returns the relevance
/// of stop's output; paths that bypass `stop` are dropped. `activations` are of the same network (see
/// Network::activations). Computes in the type of `seed`: activations and parameters are converted layer by
/// layer where it differs.
Tensor propagate(const Network& network, std::span<const Tensor> activations, const Tensor& seed,
                 const Rules& rules, int start, int stop, Conservation* report = nullptr);

/// Excitation backprop (Zhang 2016; papers.md 4.1): P_in(j) = x_j sum_i W+_ij P_out(i) / Z_i, with x =
/// max(input, 0) in conv, linear and average pooling; term 0 where Z = 0. Copies through relu, dropout, LRN,
/// batch norm (canonised networks only); max pooling to the first maximum; add in proportion to its signed
/// inputs (0 where the sum is 0); concat slices. An opaque layer throws ConfigError with its name. `negative`
/// uses W- = max(-W, 0) in place of W+ (the dual of contrastive MWP).
Rules excitation_rules(bool negative = false);

}  // namespace assay
