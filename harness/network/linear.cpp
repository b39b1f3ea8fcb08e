#include "harness/network/linear.h"

#include <ATen/Parallel.h>

#include "harness/network/kernels.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

constexpr std::int64_t kInputsAtOnce = 1024;  // of one pack stay in the second-level cache
constexpr std::int64_t kOutputsAtOnce = 16;   // the least a thread is woken for

/// [N,inputs] -> [packs,inputs,kPack], zeros behind the last image.
Tensor packed(const Tensor& x) {
  const std::int64_t packs = (x.size(0) + kPack - 1) / kPack;
  return at::constant_pad_nd(x, {0, 0, 0, packs * kPack - x.size(0)})
      .view({packs, kPack, x.size(1)})
      .transpose(1, 2)
      .contiguous();
}

Tensor linear_by_kernel(const Tensor& x, const Tensor& weight) {
  const Tensor packs = packed(x);
  const std::int64_t inputs = weight.size(1), outputs = weight.size(0);
  const Tensor sums = at::zeros({packs.size(0), outputs, kPack}, x.options());
  const float *from = weight.data_ptr<float>(), *images = packs.data_ptr<float>();
  float* to = sums.data_ptr<float>();
  at::parallel_for(0, outputs, kOutputsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t pack = 0; pack < packs.size(0); ++pack)
      for (std::int64_t i = 0; i < inputs; i += kInputsAtOnce)
        add_products(from + begin * inputs + i, inputs, images + (pack * inputs + i) * kPack,
                     to + (pack * outputs + begin) * kPack, end - begin, std::min(kInputsAtOnce, inputs - i));
  });
  return sums.transpose(1, 2).contiguous().view({-1, outputs}).narrow(0, 0, x.size(0));
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (x.size(0) == 1 || !suits_kernels(x) || !suits_kernels(weight)) return at::linear(x, weight, bias);
  const Tensor product = linear_by_kernel(x, weight);
  return bias.defined() ? product.add_(bias) : product;
}

}  // namespace assay
