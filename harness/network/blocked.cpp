#include "harness/network/blocked.h"

#include <algorithm>
#include <numeric>

#include "harness/core/error.h"
#include "harness/network/blocked_kernels.h"
#include "harness/network/parallel.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

constexpr double kKernelBeta = 0.75;  // the exponent of lrn_blocks

/// Applies loop(first element of an input piece, first of its output piece) to `pieces` equal pieces.
template <class Loop>
void for_pieces(const Tensor& x, const Tensor& y, std::int64_t pieces, const Loop& loop) {
  const std::int64_t from_size = x.numel() / pieces, to_size = y.numel() / pieces;
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  in_parallel(pieces, grain_of(from_size), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) loop(from + i * from_size, to + i * to_size);
  });
}

Tensor pooled(const Tensor& x, const PoolSide& rows, const PoolSide& columns) {
  return at::empty({x.size(0), x.size(1), rows.windows, columns.windows, x.size(4)}, x.options());
}

Tensor max_pool_blocked(const Tensor& x, const Attributes& a) {
  const PoolSide rows = pool_side(x, a, 0), columns = pool_side(x, a, 1);
  Tensor y = pooled(x, rows, columns);
  for_pieces(x, y, x.size(0) * x.size(1),
             [&](const float* from, float* to) { max_pool_blocks(from, to, rows, columns, x.size(4)); });
  return y;
}

/// What avg_pool divides by along one side, [windows].
Tensor divisors_of(const PoolSide& side, std::int64_t after, bool count_include_pad) {
  const Tensor counts = at::empty({side.windows}, at::kFloat);
  for (std::int64_t i = 0; i < side.windows; ++i) {
    const std::int64_t first = i * side.stride - side.before, last = first + side.kernel;
    const std::int64_t begin = count_include_pad ? first : std::max<std::int64_t>(first, 0);
    const std::int64_t end = std::min(last, side.size + (count_include_pad ? after : 0));
    counts[i] = static_cast<float>(end - begin);
  }
  return counts;
}

Tensor avg_pool_blocked(const Tensor& x, const Attributes& a) {
  const PoolSide rows = pool_side(x, a, 0), columns = pool_side(x, a, 1);
  const Tensor divisors = divisors_of(rows, a.pad[2], a.count_include_pad)
                              .outer(divisors_of(columns, a.pad[3], a.count_include_pad))
                              .contiguous();
  Tensor y = pooled(x, rows, columns);
  for_pieces(x, y, x.size(0) * x.size(1), [&](const float* from, float* to) {
    avg_pool_blocks(from, to, divisors.data_ptr<float>(), rows, columns, x.size(4));
  });
  return y;
}

bool has_lrn_kernel(const Attributes& a, std::int64_t block) {
  return a.beta == kKernelBeta && a.size / 2 <= block;
}

Tensor lrn_blocked(const Tensor& x, const Attributes& a) {
  Tensor y = at::empty_like(x);
  const LrnWindow window{.channels = x.size(1) * x.size(4),
                         .pixels = x.size(2) * x.size(3),
                         .before = a.size / 2,
                         .after = (a.size - 1) / 2,
                         .scale = static_cast<float>(a.alpha / static_cast<double>(a.size)),
                         .k = static_cast<float>(a.k)};
  for_pieces(x, y, x.size(0), [&](const float* from, float* to) { lrn_blocks(from, to, window, x.size(4)); });
  return y;
}

bool one_block(std::span<const Tensor> inputs) {
  return std::ranges::all_of(
      inputs, [&](const Tensor& x) { return is_blocked(x) && x.size(4) == inputs[0].size(4); });
}

Tensor run_plain(const Layer& layer, std::span<const Tensor> inputs) {
  std::vector<Tensor> plain;
  for (const Tensor& input : inputs) plain.push_back(to_plain(input));
  return Network::run(layer, plain);
}

}  // namespace

bool is_blocked(const Tensor& x) {
  return x.dim() == 5;
}

Tensor to_blocked(const Tensor& x, std::int64_t block) {
  if (is_blocked(x)) return x.size(4) == block ? x : to_blocked(to_plain(x), block);
  ASSAY_ASSERT(x.size(1) % block == 0);
  const Tensor from = x.contiguous();
  Tensor y = at::empty({x.size(0), x.size(1) / block, x.size(2), x.size(3), block}, x.options());
  for_pieces(from, y, x.size(0), [&](const float* in, float* out) {
    interleave(in, out, x.size(1), x.size(2) * x.size(3), block);
  });
  return y;
}

Tensor to_plain(const Tensor& x) {
  if (!is_blocked(x)) return x;
  const std::int64_t channels = x.size(1) * x.size(4);
  Tensor y = at::empty({x.size(0), channels, x.size(2), x.size(3)}, x.options());
  for_pieces(x, y, x.size(0), [&](const float* in, float* out) {
    separate(in, out, channels, x.size(2) * x.size(3), x.size(4));
  });
  return y;
}

Tensor run_blocked(const Layer& layer, std::span<const Tensor> inputs) {
  const Tensor& x = inputs[0];
  if (!one_block(inputs)) return run_plain(layer, inputs);
  switch (layer.kind) {
    case Kind::relu:
      return at::relu(x);
    case Kind::relu6:
      return at::hardtanh(x, 0, 6);
    case Kind::leaky_relu:
      return at::leaky_relu(x, layer.attributes.slope);
    case Kind::dropout:
      return x;
    case Kind::add:
      return std::accumulate(inputs.begin() + 1, inputs.end(), x);
    case Kind::concat:
      return at::cat(at::TensorList(inputs.data(), inputs.size()), 1);
    case Kind::max_pool:
      if (leaves_out_border(layer.attributes)) break;
      return max_pool_blocked(x, layer.attributes);
    case Kind::avg_pool:
      return avg_pool_blocked(x, layer.attributes);
    case Kind::lrn:
      if (has_lrn_kernel(layer.attributes, x.size(4))) return lrn_blocked(x, layer.attributes);
      break;
    case Kind::global_avg_pool:
      return x.mean({2, 3}).view({x.size(0), -1, 1, 1});
    case Kind::global_max_pool:
      return x.amax({2, 3}).view({x.size(0), -1, 1, 1});
    default:
      break;
  }
  return run_plain(layer, inputs);
}

}  // namespace assay
