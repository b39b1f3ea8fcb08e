#pragma once

#include <cstdint>

#include "harness/network/network.h"

namespace assay {

struct TrainingOutputs {
  Tensor embedding;  // [N,D], fc8_s before its ReLU
  Tensor logits;     // [N,K]
};

/// The network as it is trained: Network::run layer by layer, recorded by autograd where the parameters ask
/// for it, with dropout layers at work. A dropped value is 0, a kept one divided by 1 - share (inverted
/// dropout, so that nothing changes at test); the mask depends on the seed, the layer and the shape only.
/// `input` [N,3,H,W], normalised.
TrainingOutputs training_forward(const Network& network, const Tensor& input, double dropout,
                                 std::uint64_t seed);

/// 0 with probability `share`, 1 / (1 - share) otherwise. float of that shape.
Tensor dropout_mask(at::IntArrayRef shape, double share, std::uint64_t seed);

}  // namespace assay
