#pragma once

#include "harness/network/network.h"

namespace assay {

/// The same function of the input, made for predicting: batch norms are folded into the convolution before
/// them, activations are applied by it, dropout is gone, weights are packed (packed_convolution.h). Logits
/// agree up to rounding; layers that are gone have no activations. Networks of another type than float32 or
/// on another device than the CPU, or with tensors that are neither maps nor vectors, are returned as they
/// are.
Network packed_form(const Network& network);

/// The same network with its convolutions' weights, and therefore its maps, [N,H,W,C] in memory. Networks on
/// a CPU are returned as they are.
Network channels_last_form(const Network& network);

/// A network in one of the forms.
Network in_form(const Network& network, Form form);

}  // namespace assay
