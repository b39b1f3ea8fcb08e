#pragma once

#include <span>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// The same function, layer by layer, with every batch norm that alone reads a convolution or linear layer
/// folded into it (in double), as relevance rules for weights want it. Layers keep index and name; a folded
/// norm is an identity (kind dropout). Negative scales and norms behind anything else are no obstacle: those
/// stay as they are.
struct FoldedNorms {
  Network network;
  std::vector<int> sources;  // by layer: the layer of the original network that has the same output

  /// Activations of the original network as those of `network`; nothing is computed.
  std::vector<Tensor> activations(std::span<const Tensor> original) const;
};
FoldedNorms fold_norms(const Network& network);

/// The batch norm W x + b of a layer of its own as a depthwise 1x1 convolution (4 dimensions) or a linear
/// layer (2): weight gamma / sqrt(var + eps), bias beta - mean gamma / sqrt(var + eps), in the parameters'
/// type.
Layer norm_as_weights(const Layer& norm, std::int64_t dimensions);

}  // namespace assay
