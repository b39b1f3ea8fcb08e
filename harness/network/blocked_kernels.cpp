#include "harness/network/blocked_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "harness/network/clones.h"
#include "harness/network/lanes.h"

namespace assay {
namespace {

constexpr std::int64_t kPixelsAtOnce = 64;  // of an LRN: their squares stay in the first-level cache

/// best[i] = the larger of best[i] and values[i * step], for `count` blocks.
template <int kBlock>
[[gnu::always_inline]] inline void keep_larger_of(float* best, const float* values, std::int64_t count,
                                                  std::int64_t step) {
  for (std::int64_t i = 0; i < count; ++i)
    for (int at = 0; at < kBlock; at += kLane) {
      Lane value, old;
      read_lane(value, values + i * step * kBlock + at);
      read_lane(old, best + i * kBlock + at);
      const auto replaces = (value > old) | (value != value);
      write_lane(best + i * kBlock + at, replaces ? value : old);
    }
}

/// sums[i] += values[i * step]
template <int kBlock>
[[gnu::always_inline]] inline void add_of(float* sums, const float* values, std::int64_t count,
                                          std::int64_t step) {
  for (std::int64_t i = 0; i < count; ++i)
    for (int at = 0; at < kBlock; at += kLane) {
      Lane sum, value;
      read_lane(sum, sums + i * kBlock + at);
      read_lane(value, values + i * step * kBlock + at);
      write_lane(sums + i * kBlock + at, sum + value);
    }
}

template <int kBlock>
[[gnu::always_inline]] inline void divide_of(float* sums, const float* divisors, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    for (int at = 0; at < kBlock; at += kLane) {
      Lane sum;
      read_lane(sum, sums + i * kBlock + at);
      write_lane(sums + i * kBlock + at, sum / divisors[i]);
    }
}

/// squares[i] = values[i]^2, rows of kBlock apart by 3 kBlock.
template <int kBlock>
[[gnu::always_inline]] inline void square_of(float* squares, const float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    for (int at = 0; at < kBlock; at += kLane) {
      Lane value;
      read_lane(value, values + i * kBlock + at);
      write_lane(squares + 3 * i * kBlock + at, value * value);
    }
}

template <int kBlock>
[[gnu::always_inline]] inline void scale_of(float* __restrict out, const float* __restrict values,
                                            const float* __restrict sums, std::int64_t count, float scale,
                                            float k) {
  for (std::int64_t i = 0; i < count * kBlock; ++i) {
    const float root = 1 / std::sqrt(k + scale * sums[i]);
    out[i] = values[i] * (root * std::sqrt(root));
  }
}

ASSAY_CLONES void keep_larger_blocks(float* best, const float* values, std::int64_t count, std::int64_t step,
                                     std::int64_t block) {
  block == 8 ? keep_larger_of<8>(best, values, count, step) : keep_larger_of<16>(best, values, count, step);
}

ASSAY_CLONES void add_blocks(float* sums, const float* values, std::int64_t count, std::int64_t step,
                             std::int64_t block) {
  block == 8 ? add_of<8>(sums, values, count, step) : add_of<16>(sums, values, count, step);
}

ASSAY_CLONES void divide_blocks(float* sums, const float* divisors, std::int64_t count, std::int64_t block) {
  block == 8 ? divide_of<8>(sums, divisors, count) : divide_of<16>(sums, divisors, count);
}

/// The squares of the blocks before, at and behind each pixel stand side by side, so that the sum over a
/// channel's neighbours is a row of shifted loads.
template <int kBlock>
[[gnu::always_inline]] inline void lrn_of(const float* in, float* out, const LrnWindow& window) {
  const std::int64_t plane = window.pixels * kBlock, planes = window.channels / kBlock;
  float squares[kPixelsAtOnce * 3 * kBlock], sums[kPixelsAtOnce * kBlock];
  for (std::int64_t p = 0; p < planes; ++p)
    for (std::int64_t first = 0; first < window.pixels; first += kPixelsAtOnce) {
      const std::int64_t count = std::min(kPixelsAtOnce, window.pixels - first);
      const float* x = in + p * plane + first * kBlock;
      std::fill(squares, squares + count * 3 * kBlock, 0.0f);
      if (p > 0) square_of<kBlock>(squares, x - plane, count);
      square_of<kBlock>(squares + kBlock, x, count);
      if (p + 1 < planes) square_of<kBlock>(squares + 2 * kBlock, x + plane, count);
      std::fill(sums, sums + count * kBlock, 0.0f);
      for (std::int64_t shift = -window.before; shift <= window.after; ++shift)
        add_of<kBlock>(sums, squares + kBlock + shift, count, 3);
      scale_of<kBlock>(out + p * plane + first * kBlock, x, sums, count, window.scale, window.k);
    }
}

/// Folds the rows of each window into a line, then its columns into the output, both by
/// fold(accumulated, values, blocks, step): windows see `start` where they hang over the edge.
template <class Fold>
void pool_blocks(const float* in, float* out, const PoolSide& rows, const PoolSide& columns,
                 std::int64_t block, float start, const Fold& fold) {
  const std::int64_t reach =
      (columns.windows - 1) * columns.stride + columns.dilation * (columns.kernel - 1) + 1;
  const std::int64_t used = std::min(columns.size, reach - columns.before);
  std::vector<float> line(std::max(reach, columns.before) * block);
  for (std::int64_t r = 0; r < rows.windows; ++r, out += columns.windows * block) {
    std::ranges::fill(line, start);
    for (std::int64_t j = 0; j < rows.kernel; ++j) {
      const std::int64_t row = r * rows.stride - rows.before + j * rows.dilation;
      if (row >= 0 && row < rows.size)
        fold(line.data() + columns.before * block, in + row * columns.size * block, used, 1);
    }
    std::fill_n(out, columns.windows * block, start);
    for (std::int64_t j = 0; j < columns.kernel; ++j)
      fold(out, line.data() + j * columns.dilation * block, columns.windows, columns.stride);
  }
}

template <int kBlock>
[[gnu::always_inline]] inline void interleave_of(const float* in, float* out, std::int64_t channels,
                                                 std::int64_t pixels) {
  for (std::int64_t c = 0; c < channels; c += kBlock)
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel, out += kBlock)
      for (int lane = 0; lane < kBlock; ++lane) out[lane] = in[(c + lane) * pixels + pixel];
}

template <int kBlock>
[[gnu::always_inline]] inline void separate_of(const float* in, float* out, std::int64_t channels,
                                               std::int64_t pixels) {
  for (std::int64_t c = 0; c < channels; c += kBlock)
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel, in += kBlock)
      for (int lane = 0; lane < kBlock; ++lane) out[(c + lane) * pixels + pixel] = in[lane];
}

ASSAY_CLONES void lrn_clones(const float* in, float* out, const LrnWindow& window, std::int64_t block) {
  block == 8 ? lrn_of<8>(in, out, window) : lrn_of<16>(in, out, window);
}

ASSAY_CLONES void interleave_clones(const float* in, float* out, std::int64_t channels, std::int64_t pixels,
                                    std::int64_t block) {
  block == 8 ? interleave_of<8>(in, out, channels, pixels) : interleave_of<16>(in, out, channels, pixels);
}

ASSAY_CLONES void separate_clones(const float* in, float* out, std::int64_t channels, std::int64_t pixels,
                                  std::int64_t block) {
  block == 8 ? separate_of<8>(in, out, channels, pixels) : separate_of<16>(in, out, channels, pixels);
}

}  // namespace

void max_pool_blocks(const float* in, float* out, const PoolSide& rows, const PoolSide& columns,
                     std::int64_t block) {
  pool_blocks(in, out, rows, columns, block, -std::numeric_limits<float>::infinity(),
              [block](float* best, const float* values, std::int64_t count, std::int64_t step) {
                keep_larger_blocks(best, values, count, step, block);
              });
}

void avg_pool_blocks(const float* in, float* out, const float* divisors, const PoolSide& rows,
                     const PoolSide& columns, std::int64_t block) {
  pool_blocks(in, out, rows, columns, block, 0,
              [block](float* sums, const float* values, std::int64_t count, std::int64_t step) {
                add_blocks(sums, values, count, step, block);
              });
  divide_blocks(out, divisors, rows.windows * columns.windows, block);
}

void lrn_blocks(const float* in, float* out, const LrnWindow& window, std::int64_t block) {
  lrn_clones(in, out, window, block);
}

void interleave(const float* in, float* out, std::int64_t channels, std::int64_t pixels, std::int64_t block) {
  interleave_clones(in, out, channels, pixels, block);
}

void separate(const float* in, float* out, std::int64_t channels, std::int64_t pixels, std::int64_t block) {
  separate_clones(in, out, channels, pixels, block);
}

}  // namespace assay
