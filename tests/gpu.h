#pragma once

#include <gtest/gtest.h>

#include "harness/network/device.h"
#include "harness/network/tensor.h"

namespace assay::test {

/// The first GPU, ready.
inline at::Device gpu() {
  const at::Device device(at::kCUDA, 0);
  prepare_device(device);
  return device;
}

}  // namespace assay::test

/// Skips the test, visibly, when there is no GPU.
#define ASSAY_NEEDS_GPU() \
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device"
