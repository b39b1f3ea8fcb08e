#pragma once

#include <vector>

#include "harness/network/tensor.h"
#include "harness/run/blas.h"
#include "harness/run/choose_device.h"
#include "harness/run/plan.h"
#include "harness/run/ranks.h"
#include "harness/store/workplace.h"

namespace assay {

/// Where a rank computes.
struct Placement {
  at::Device device = at::kCPU;  // prepared (prepare_device)
  BlasSpeed blas;
  Workplace place;
  std::vector<Workplace> all;  // of every rank
};

/// What this process sees of its node's GPUs, as LibTorch counts them; `gpu` is left true.
RankView view_here(int node);

/// One rank, one GPU (choose_devices), or the CPU; measures the BLAS with the threads that are set now.
/// Collective. Throws ConfigError on every rank when one of them finds no device of its own, or another kind
/// of device than the others (with an empty message where rank 0 says it).
Placement place_together(const Plan& plan, const Ranks& ranks);

}  // namespace assay
