#pragma once

#include "harness/network/network.h"
#include "harness/network/subject.h"

namespace assay {

/// d score(target) / d input for each of n images: `inputs` [n,3,H,W], normalised, on the network's device ->
/// [n,3,H,W]. One graph from the input to the logits, in the type of `inputs`: half the work of
/// exact_activations() and propagate(), where only the input's gradient is wanted. Logit or probability.
Tensor input_gradient(const Network& network, const Tensor& inputs, std::int64_t target, Score score);

}  // namespace assay
