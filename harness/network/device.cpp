#include "harness/network/device.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace assay {

void prepare_device(at::Device device) {
  if (!device.is_cuda()) return;
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
}

std::int64_t filled_batch(std::int64_t used, std::int64_t batch, at::Device device) {
  constexpr std::int64_t kStep = 8;
  const std::int64_t step = device.is_cpu() ? std::min(kStep, batch) : batch;
  return std::min((used + step - 1) / step * step, batch);
}

std::int64_t next_group(std::int64_t left, std::int64_t batch) {
  if (left <= batch) return left;
  const bool leaves_one = left == batch + 1 && batch > 1;
  if (!leaves_one) return batch;
  return batch > 2 ? batch - 1 : left;
}

std::int64_t largest_group(std::int64_t batch) {
  return batch == 2 ? 3 : batch;
}

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) || dynamic_cast<const std::bad_alloc*>(&error))
    return true;
  // What libraries say where LibTorch passes their error on as any other.
  constexpr std::array<std::string_view, 6> kSayings{
      "CUDA out of memory",        "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED",
      "CUDA error: out of memory", "can't allocate memory",     "not enough memory"};
  const std::string_view what = error.what();
  return std::ranges::any_of(
      kSayings, [&](std::string_view saying) { return what.find(saying) != std::string_view::npos; });
}

std::int64_t halved_batch(std::int64_t batch, at::Device device) {
  const std::int64_t fewest = device.is_cpu() ? 2 : 1;
  return batch / 2 >= fewest ? batch / 2 : 0;
}

bool calls_for_smaller_batch(const std::exception& error, std::int64_t batch, at::Device device) {
  return is_out_of_memory(error) && halved_batch(batch, device) > 0;
}

}  // namespace assay
