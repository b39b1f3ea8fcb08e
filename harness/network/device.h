#pragma once

#include "harness/network/tensor.h"

namespace assay {

/// Makes arithmetic on a GPU float32 throughout (no TF32 in cuDNN and cuBLAS) and the same every time
/// (deterministic cuDNN algorithms, chosen without timing them). Of the whole process; nothing on a CPU.
void prepare_device(at::Device device);

/// How many images a forward pass of `used` images is filled up to. On a GPU to `batch`, because the bits of
/// a row may depend on how many stand beside it. On a CPU to the next multiple of eight, at most `batch`:
/// there they do not, as long as it is not alone.
std::int64_t filled_batch(std::int64_t used, std::int64_t batch, at::Device device);

}  // namespace assay
