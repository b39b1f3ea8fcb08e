#pragma once

#include "harness/network/tensor.h"

namespace assay::test {

/// Largest magnitude.
inline double largest(const Tensor& values) {
  return values.abs().max().item<double>();
}

}  // namespace assay::test
