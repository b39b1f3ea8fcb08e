#pragma once

#include "harness/network/network.h"

namespace assay {

/// Throws DataError `layer NAME (KIND): what`.
[[noreturn]] void fail_layer(const Layer& layer, std::string_view what);
/// Throws DataError `layer 'sum' (add): has 0 inputs, needs 1 or more`.
void check_inputs(const Layer& layer);
/// The same for the number of parameters, each with a value, and for the operator of an opaque layer.
void check_parameters(const Layer& layer);

}  // namespace assay
