#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// x [N,inputs], weight [outputs,inputs], bias [outputs] or undefined -> x weight^T + bias, [N,outputs].
/// For float32 on the CPU and N > 1 a row has the same bits wherever it stands, whatever stands beside it and
/// however many threads there are. OpenBLAS does not promise that: with its kernels for AVX2 a row of a
/// product differs in the last bits from place to place.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace assay
