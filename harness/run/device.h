#pragma once

#include "harness/network/tensor.h"
#include "harness/run/plan.h"

namespace assay {

/// Where a rank computes: the CPU, or the GPU that belongs to its place among the ranks of its node, prepared
/// (prepare_device).
at::Device device_of(const Plan& plan, int local_rank);

}  // namespace assay
