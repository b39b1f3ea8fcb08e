#pragma once

#include <exception>

#include "harness/network/tensor.h"

namespace assay {

/// Makes arithmetic on a GPU float32 throughout (no TF32 in cuDNN and cuBLAS) and the same every time
/// (deterministic cuDNN algorithms, chosen without timing them). Of the whole process; nothing on a CPU.
void prepare_device(at::Device device);

/// How many images a forward pass of `used` images is filled up to. On a GPU to `batch`, because the bits of
/// a row may depend on how many stand beside it. On a CPU to the next multiple of eight, at most `batch`:
/// there they do not, as long as it is not alone.
std::int64_t filled_batch(std::int64_t used, std::int64_t batch, at::Device device);

/// How many of `left` images go through a network next: at most `batch`, and none is left alone at the end.
/// For that there are three at once where `batch` is 2.
std::int64_t next_group(std::int64_t left, std::int64_t batch);

/// That next_group() may answer.
std::int64_t largest_group(std::int64_t batch);

/// Whether it says that memory ran out, of the device or of the process.
bool is_out_of_memory(const std::exception& error);

/// Half the images of a forward; 0 where that is no way out. On a CPU two are the fewest: the bits of a row
/// that is alone may be others.
std::int64_t halved_batch(std::int64_t batch, at::Device device);

/// Whether what failed with this error can be tried with smaller batches.
bool calls_for_smaller_batch(const std::exception& error, std::int64_t batch, at::Device device);

}  // namespace assay
