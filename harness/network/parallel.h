#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace assay {

/// work(begin, end) for ranges that together are [0,count), none but the last shorter than `grain` (at least
/// 1), in as many threads at a time as LibTorch has (at::set_num_threads); in one range where such a call
/// surrounds this one. Rethrows what one of the ranges threw, after all have ended. at::parallel_for does
/// this only where the C++ compiler uses OpenMP.
void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t begin, std::int64_t end)> work);

}  // namespace assay
