#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// Lower triangular L with L L^T = `matrix` [n,n], symmetric and positive semi-definite (Cholesky): double on
/// the CPU. Where a pivot is 0 up to rounding its column is 0. A loop of its own: the same bits with any
/// BLAS.
Tensor lower_factor(const Tensor& matrix);

}  // namespace assay
