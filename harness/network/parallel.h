#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace assay {

/// work(begin, end) for ranges that together are [0,count), none but the last shorter than `grain` (at least
/// 1), in as many threads at a time as LibTorch has (at::set_num_threads); inside such a range, in one.
/// Rethrows what one of the ranges threw, after all have ended. at::parallel_for does this only where the C++
/// compiler uses OpenMP.
void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t begin, std::int64_t end)> work);

/// The grain for pieces of `values` numbers each, of which each is read a few times: 32,768 numbers a range,
/// as LibTorch's operators have it. Less is done before another thread has begun.
std::int64_t grain_of(std::int64_t values);

std::int64_t divided_up(std::int64_t a, std::int64_t b);

}  // namespace assay
