#pragma once

#include "harness/network/network.h"

namespace assay {

/// Maps whose channels lie in blocks of eight or sixteen side by side, [N,C/b,H,W,b]: the layout in which
/// oneDNN's convolutions on a CPU are quickest. It arises behind a packed convolution and stays until a layer
/// that has no loop for it. No channel is padding.
bool is_blocked(const Tensor& x);
/// [N,C,H,W] or blocked -> [N,C/b,H,W,b]; C must be a multiple of `block`.
Tensor to_blocked(const Tensor& x, std::int64_t block);
/// Blocked -> [N,C,H,W]; everything else as it is.
Tensor to_plain(const Tensor& x);

/// Network::run for a layer of which some input is blocked. What has no loop for blocks runs plain.
Tensor run_blocked(const Layer& layer, std::span<const Tensor> inputs);

}  // namespace assay
