#pragma once

#include <optional>

#include "harness/network/torchscript_recorder.h"

namespace assay::torchscript {

/// What an operator with one tensor as result means for the list.
struct Meaning {
  std::optional<Layer> layer;  // without a name
  int same_as = -1;            // or: no layer, the result is that of this one
  bool then_flatten = false;   // a flatten layer follows
};

/// Neither when there is no kind for it: it becomes an opaque layer.
/// convolution (2-d, not transposed), linear, addmm, matmul and the addition of its bias, batch_norm, relu,
/// relu6 and hardtanh(0,6), leaky_relu, max_pool2d (not dilated), avg_pool2d, adaptive pooling (to 1x1, to an
/// exact division of the probes' size, or to their own size), mean over height and width, cat along channels,
/// add of equal shapes, anything that gives [N,rest], softmax over dimension 1; clone and contiguous are no
/// layers.
Meaning meaning_of(const Call& call, const Recorder& recorder);

}  // namespace assay::torchscript
