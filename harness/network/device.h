#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// Makes arithmetic on a GPU float32 throughout (no TF32 in cuDNN and cuBLAS) and the same every time
/// (deterministic cuDNN algorithms, chosen without timing them). Of the whole process; nothing on a CPU.
void prepare_device(at::Device device);

}  // namespace assay
