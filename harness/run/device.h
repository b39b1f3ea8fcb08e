#pragma once

#include "harness/network/tensor.h"
#include "harness/run/plan.h"

namespace assay {

/// Where a process computes: the CPU, or the GPU of this index among those that it sees, which becomes its
/// current one and is prepared (prepare_device). Ranks that work together choose theirs (placement.h).
at::Device device_of(const Plan& plan, int index);

}  // namespace assay
