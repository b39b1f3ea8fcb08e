#include "harness/network/lrn.h"

#include "harness/network/kernels.h"
#include "harness/network/parallel.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

constexpr double kUsualBeta = 0.75;
constexpr std::int64_t kPixelsAtOnce = 1024;  // five channels of them stay in the first-level cache

Tensor channel_window_sum(const Tensor& values, std::int64_t size) {
  const std::int64_t channels = values.size(1);
  const Tensor padded = at::constant_pad_nd(values, {0, 0, 0, 0, size / 2, (size - 1) / 2});
  Tensor sum = padded.narrow(1, 0, channels);
  for (std::int64_t offset = 1; offset < size; ++offset) sum = sum + padded.narrow(1, offset, channels);
  return sum;
}

Tensor lrn_by_operators(const Tensor& x, const Attributes& a) {
  const Tensor base = channel_window_sum(x * x, a.size) * (a.alpha / static_cast<double>(a.size)) + a.k;
  if (a.beta != kUsualBeta) return x * base.pow(-a.beta);
  const Tensor root = base.rsqrt();
  return x * (root * root.sqrt());
}

Tensor lrn_by_kernel(const Tensor& x, const Attributes& a) {
  Tensor y = at::empty_like(x);
  const LrnWindow window{.channels = x.size(1),
                         .pixels = x.size(2) * x.size(3),
                         .before = a.size / 2,
                         .after = (a.size - 1) / 2,
                         .scale = static_cast<float>(a.alpha / static_cast<double>(a.size)),
                         .k = static_cast<float>(a.k)};
  const std::int64_t image = window.channels * window.pixels;
  const std::int64_t pieces = divided_up(window.pixels, kPixelsAtOnce);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  in_parallel(x.size(0) * pieces, grain_of(window.channels * kPixelsAtOnce),
              [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t i = begin; i < end; ++i) {
                  const std::int64_t offset = i / pieces * image, first = i % pieces * kPixelsAtOnce;
                  const std::int64_t last = std::min(first + kPixelsAtOnce, window.pixels);
                  lrn_pixels(from + offset, to + offset, window, first, last);
                }
              });
  return y;
}

}  // namespace

Tensor lrn(const Tensor& x, const Attributes& a) {
  if (a.beta == kUsualBeta && x.dim() == 4 && suits_kernels(x)) return lrn_by_kernel(x, a);
  return lrn_by_operators(x, a);
}

}  // namespace assay
