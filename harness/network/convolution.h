#pragma once

#include "harness/network/network.h"

namespace assay {

/// The cross-correlation of a conv layer with `input` [N,C,H,W], its own padding on each side.
Tensor convolve(const Layer& layer, const Tensor& input);

/// d <relevance, convolve(layer, input)> / d input, of the input's shape: the bits of autograd, which would
/// compute the convolution first to record it.
Tensor convolve_back(const Layer& layer, const Tensor& input, const Tensor& relevance);

}  // namespace assay
