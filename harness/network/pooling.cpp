#include "harness/network/pooling.h"

#include <algorithm>
#include <limits>

#include "harness/network/kernels.h"
#include "harness/network/parallel.h"

namespace assay {
namespace {

/// Padding that brings a side of `size` to exactly what its windows cover; the one after may be negative
/// (rows that no window reaches).
struct Cover {
  std::int64_t before = 0, after = 0;
};

Cover cover(const Tensor& x, const Attributes& a, int side) {
  const std::int64_t size = x.size(2 + side);
  const std::int64_t windows = pooled_size(size, a.kernel[side], a.stride[side], a.pad[side], a.pad[side + 2],
                                           a.dilation[side], a.ceil_mode);
  const std::int64_t extent = (windows - 1) * a.stride[side] + a.dilation[side] * (a.kernel[side] - 1) + 1;
  return {a.pad[side], extent - size - a.pad[side]};
}

Tensor pad_to_windows(const Tensor& x, const Attributes& a, double value) {
  const Cover rows = cover(x, a, 0), columns = cover(x, a, 1);
  return at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after}, value);
}

Tensor max_pool_by_kernel(const Tensor& x, const Attributes& a) {
  const PoolSide rows = pool_side(x, a, 0), columns = pool_side(x, a, 1);
  Tensor y = at::empty({x.size(0), x.size(1), rows.windows, columns.windows}, x.options());
  const std::int64_t from_size = rows.size * columns.size, to_size = rows.windows * columns.windows;
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  in_parallel(x.size(0) * x.size(1), grain_of(from_size), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      max_pool_plane(from + i * from_size, to + i * to_size, rows, columns);
  });
  return y;
}

/// Without the border that negative padding leaves out.
Tensor max_pool_inside(const Tensor& x, Attributes a) {
  const auto kept = [&](const Tensor& from, int side) {
    std::int64_t &before = a.pad[side], &after = a.pad[side + 2];
    const std::int64_t first = std::max<std::int64_t>(-before, 0);
    const std::int64_t last = from.size(2 + side) - std::max<std::int64_t>(-after, 0);
    before = std::max<std::int64_t>(before, 0);
    after = std::max<std::int64_t>(after, 0);
    return from.narrow(2 + side, first, last - first);
  };
  const Tensor rows = kept(x, 0);
  return max_pool(kept(rows, 1).contiguous(), a);
}

bool is_symmetric(const Attributes& a) {
  return a.pad[0] == a.pad[2] && a.pad[1] == a.pad[3] && 2 * a.pad[0] <= a.kernel[0] &&
         2 * a.pad[1] <= a.kernel[1];
}

/// Ones where a value counts: [1,1,H,W], or that plus the padding.
Tensor counted(const Tensor& x, const Attributes& a) {
  const std::int64_t rows = a.count_include_pad ? a.pad[0] + a.pad[2] : 0;
  const std::int64_t columns = a.count_include_pad ? a.pad[1] + a.pad[3] : 0;
  return at::ones({1, 1, x.size(2) + rows, x.size(3) + columns}, x.options().requires_grad(false));
}

Tensor avg_pool_unevenly_padded(const Tensor& x, const Attributes& a) {
  const Cover rows = cover(x, a, 0), columns = cover(x, a, 1);
  const std::int64_t up = a.count_include_pad ? 0 : rows.before,
                     left = a.count_include_pad ? 0 : columns.before;
  const Tensor ones = counted(x, a);
  const std::int64_t height = x.size(2) + rows.before + rows.after,
                     width = x.size(3) + columns.before + columns.after;
  const Tensor padded = at::constant_pad_nd(x, {columns.before, columns.after, rows.before, rows.after});
  const Tensor mask =
      at::constant_pad_nd(ones, {left, width - left - ones.size(3), up, height - up - ones.size(2)});
  return at::avg_pool2d(padded, a.kernel, a.stride) / at::avg_pool2d(mask, a.kernel, a.stride);
}

}  // namespace

std::int64_t pooled_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t pad_before,
                         std::int64_t pad_after, std::int64_t dilation, bool ceil_mode) {
  const std::int64_t room = size + pad_before + pad_after - dilation * (kernel - 1) - 1;
  if (room < 0 && !ceil_mode) return 0;
  std::int64_t windows = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  if (ceil_mode && (windows - 1) * stride >= size + pad_before) --windows;
  return windows;
}

PoolSide pool_side(const Tensor& x, const Attributes& a, int side) {
  const std::int64_t size = x.size(2 + side);
  return {.size = size,
          .windows = pooled_size(size, a.kernel[side], a.stride[side], a.pad[side], a.pad[side + 2],
                                 a.dilation[side], a.ceil_mode),
          .kernel = a.kernel[side],
          .stride = a.stride[side],
          .dilation = a.dilation[side],
          .before = a.pad[side]};
}

bool suits_kernels(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.is_contiguous() && x.numel() > 0 &&
         !(at::GradMode::is_enabled() && x.requires_grad());
}

bool leaves_out_border(const Attributes& a) {
  return std::ranges::any_of(a.pad, [](std::int64_t p) { return p < 0; });
}

Tensor max_pool(const Tensor& x, const Attributes& a) {
  if (leaves_out_border(a)) return max_pool_inside(x, a);
  if (x.dim() == 4 && suits_kernels(x)) return max_pool_by_kernel(x, a);
  if (is_symmetric(a))
    return at::max_pool2d(x, a.kernel, a.stride, at::IntArrayRef{a.pad[0], a.pad[1]}, a.dilation,
                          a.ceil_mode);
  const Tensor padded = pad_to_windows(x, a, -std::numeric_limits<double>::infinity());
  return at::max_pool2d(padded, a.kernel, a.stride, /*padding=*/0, a.dilation);
}

Tensor avg_pool(const Tensor& x, const Attributes& a) {
  if (is_symmetric(a))
    return at::avg_pool2d(x, a.kernel, a.stride, at::IntArrayRef{a.pad[0], a.pad[1]}, a.ceil_mode,
                          a.count_include_pad);
  return avg_pool_unevenly_padded(x, a);
}

}  // namespace assay
