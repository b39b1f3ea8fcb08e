#include "harness/network/device.h"

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

}  // namespace assay
