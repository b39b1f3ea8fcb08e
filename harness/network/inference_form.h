#pragma once

#include "harness/network/network.h"

namespace assay {

/// The same function of the input, made for predicting: batch norms are folded into the convolution before
/// them, activations are applied by it, dropout is gone, weights are packed (packed_convolution.h). Logits
/// agree up to rounding; layers that are gone have no activations. Networks of another type than float32 or
/// on another device than the CPU, or with tensors that are neither maps nor vectors, are returned as they
/// are.
Network inference_form(const Network& network);

}  // namespace assay
