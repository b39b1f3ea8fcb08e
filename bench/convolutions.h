#pragma once

#include <string>

namespace assay::bench {

/// Registers, for every convolution of a network, `convolution/NETWORK/LAYER` (Network::run of the layer) and
/// `conv2d/NETWORK/LAYER` (at::conv2d with its weights), 32 images each, with the counter FLOP/s.
void register_convolutions(const std::string& network);

}  // namespace assay::bench
