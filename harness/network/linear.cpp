#include "harness/network/linear.h"

#include "harness/network/kernels.h"
#include "harness/network/parallel.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

constexpr std::int64_t kInputsAtOnce = 1024;  // of one pack stay in the second-level cache
constexpr std::int64_t kOutputsAtOnce = 60;   // whole groups of rows for every width of packs

/// [N,inputs] -> [packs,inputs,width], zeros behind the last image; as few packs as there can be, then as
/// narrow as they can be.
Tensor packed(const Tensor& x) {
  const std::int64_t packs = divided_up(x.size(0), kWidestPack);
  const std::int64_t width = divided_up(divided_up(x.size(0), packs), kLane) * kLane;
  return at::constant_pad_nd(x, {0, 0, 0, packs * width - x.size(0)})
      .view({packs, width, x.size(1)})
      .transpose(1, 2)
      .contiguous();
}

/// The weights come from memory once, however many packs there are.
Tensor linear_by_kernel(const Tensor& x, const Tensor& weight) {
  const Tensor packs = packed(x);
  const std::int64_t inputs = weight.size(1), outputs = weight.size(0), width = packs.size(2);
  const Tensor sums = at::zeros({packs.size(0), outputs, width}, x.options());
  const float *from = weight.data_ptr<float>(), *images = packs.data_ptr<float>();
  float* to = sums.data_ptr<float>();
  const auto add = [&](std::int64_t row, std::int64_t rows, std::int64_t first) {
    for (std::int64_t pack = 0; pack < packs.size(0); ++pack)
      add_products(from + row * inputs + first, inputs, images + (pack * inputs + first) * width,
                   to + (pack * outputs + row) * width, rows, std::min(kInputsAtOnce, inputs - first), width);
  };
  in_parallel(outputs, kOutputsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = 0; first < inputs; first += kInputsAtOnce)
      for (std::int64_t row = begin; row < end; row += kOutputsAtOnce)
        add(row, std::min(kOutputsAtOnce, end - row), first);
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
