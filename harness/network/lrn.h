#pragma once

#include "harness/network/network.h"

namespace assay {

/// Local response normalisation across channels, [N,C,H,W]: x / (k + alpha/size * sum x^2)^beta over `size`
/// channels centred on each (one more before than after when size is even, as PyTorch does).
Tensor lrn(const Tensor& x, const Attributes& a);

}  // namespace assay
