#pragma once

#include <string>

#include "harness/network/propagate.h"

namespace assay {

/// How deconvolution and guided backprop pass an activation function backwards. R = signal from above, x =
/// what the layer read; every other kind, opaque ones too, passes its local gradient.
///
///                gradient            deconvolution       guided backprop
///   relu         1[x>0] R            max(R,0)            1[x>0] max(R,0)
///   relu6        1[0<x<6] R          max(R,0)            1[0<x<6] max(R,0)
///   leaky_relu   (x>0 ? 1 : s) R     (R>0 ? 1 : s) R     (x>0 ? 1 : s) (R>0 ? 1 : s) R      (s = slope)
///
/// Published for relu; the other two rows are its continuation: what the function does to a value's sign is
/// done to the signal's. The cap of relu6 is about activations and does not cap signals, so that every rule
/// is homogeneous in R.
Rules deconvolution_rules();
Rules guided_rules();

/// A remark on opaque layers, which may hide an activation function: how many pass their gradient, and the
/// first of them; empty when there is none.
std::string opaque_note(const Network& network);

}  // namespace assay
