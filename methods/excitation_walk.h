#pragma once

#include <optional>
#include <span>
#include <string>

#include "harness/network/subject.h"

namespace assay {

// What mwp and c-mwp share: walks of excitation backprop through a canonised network, in double on float32
// activations.

/// Winning probabilities at `layer`, [1,C,h,w] in double: one-hot at the logit of `target`, walked down.
Tensor winning_probability(const Network& canonised, std::span<const Tensor> activations, std::int64_t target,
                           int layer);

/// Both signals of contrastive backprop at the contrast layer, [1,...] in double: `plain` walks with W+
/// everywhere, `dual` with W- = max(-W, 0) in the classifier (the last conv or linear layer) and with the
/// usual rules elsewhere.
struct Contrast {
  Tensor plain, dual;
};
Contrast contrast_at(const Network& canonised, std::span<const Tensor> activations, std::int64_t target,
                     int contrast_layer);

/// Index of the last conv or linear layer; -1 when there is none.
int classifier_of(const Network& network);

/// Why a walk from layer `from` down to the layer called `to` is impossible: it does not exist, does not feed
/// `from`, or a layer between them is opaque (or a softmax).
std::optional<std::string> walk_problem(const Network& network, int from, const std::string& to);

/// Why no map can be read at `layer` (which exists): what unmappable() (map_layer.h) says, or the network
/// cannot be canonised.
std::optional<std::string> map_problem(const Network& network, const std::string& layer);

/// Whether the kinds of the layers before it leave it open that a layer's output is negative somewhere.
bool may_be_negative(const Network& network, int layer);

/// "inputs clamped at 0" when a conv, linear or average pooling layer between the logits and `layer` may read
/// negative values, which excitation backprop takes for 0; empty otherwise.
std::string clamp_note(const Network& network, const std::string& layer);

}  // namespace assay
