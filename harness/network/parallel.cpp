#include "harness/network/parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <exception>
#include <vector>

#include "harness/core/error.h"
#include "harness/network/threads.h"

static_assert(AT_PARALLEL_OPENMP,
              "LibTorch's threads are not OpenMP's: in_parallel would start others beside them");

namespace assay {
namespace {

constexpr std::int64_t kValuesOfRange = 32768;

struct Parts {
  std::int64_t count, length;
  c10::function_ref<void(std::int64_t, std::int64_t)> work;
  std::vector<std::exception_ptr> errors;  // one a part
};

void run_part(void* context, int index) {
  Parts& parts = *static_cast<Parts*>(context);
  const std::int64_t begin = index * parts.length;
  try {
    parts.work(begin, std::min(begin + parts.length, parts.count));
  } catch (...) {
    parts.errors[index] = std::current_exception();
  }
}

}  // namespace

void in_parallel(std::int64_t count, std::int64_t grain,
                 c10::function_ref<void(std::int64_t begin, std::int64_t end)> work) {
  ASSAY_ASSERT(grain >= 1);
  const int threads = at::get_num_threads();
  if (count <= grain || threads == 1 || at::in_parallel_region()) {
    if (count > 0) work(0, count);
    return;
  }
  const std::int64_t length = std::max(grain, divided_up(count, threads));
  const auto parts = static_cast<int>(divided_up(count, length));
  Parts all{count, length, work, std::vector<std::exception_ptr>(parts)};
  assay_run_parts(threads, parts, run_part, &all);
  for (const std::exception_ptr& error : all.errors)
    if (error) std::rethrow_exception(error);
}

std::int64_t grain_of(std::int64_t values) {
  return std::max<std::int64_t>(kValuesOfRange / std::max<std::int64_t>(values, 1), 1);
}

std::int64_t divided_up(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace assay
