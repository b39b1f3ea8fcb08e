#include "harness/network/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "harness/network/clones.h"
#include "harness/network/lanes.h"

namespace assay {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

/// The smaller and the larger value keep their order of arrival: equal ones do not replace, NaN does.
ASSAY_CLONES void keep_larger(float* best, const float* values, std::int64_t count) {
  ASSAY_SHORT_LOOP
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = values[i];
    best[i] = (value > best[i] || value != value) ? value : best[i];
  }
}

ASSAY_CLONES void keep_larger_by_two(float* best, const float* values, std::int64_t count) {
  ASSAY_SHORT_LOOP
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = values[2 * i];
    best[i] = (value > best[i] || value != value) ? value : best[i];
  }
}

void keep_larger_by(std::int64_t stride, float* best, const float* values, std::int64_t count) {
  if (stride == 1) return keep_larger(best, values, count);
  if (stride == 2) return keep_larger_by_two(best, values, count);
  for (std::int64_t i = 0; i < count; ++i) keep_larger(best + i, values + i * stride, 1);
}

ASSAY_CLONES void scale_by_window(const float* x, const float* sums, float* y, std::int64_t count,
                                  float scale, float k) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float root = 1 / std::sqrt(k + scale * sums[i]);
    y[i] = x[i] * (root * std::sqrt(root));
  }
}

ASSAY_CLONES void add_squares(const float* x, float* sums, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] += x[i] * x[i];
}

/// Written as vectors: left to itself the compiler takes the products apart when packs are narrow. The sums
/// stay in registers.
template <int kRows, int kLanes>
[[gnu::always_inline]] inline void add_row_products(const float* weights, std::int64_t stride,
                                                    const float* pack, float* sums, std::int64_t inputs) {
  Lane sum[kRows][kLanes];
  for (int row = 0; row < kRows; ++row)
    for (int lane = 0; lane < kLanes; ++lane) read_lane(sum[row][lane], sums + (row * kLanes + lane) * kLane);
  for (std::int64_t i = 0; i < inputs; ++i)
    for (int row = 0; row < kRows; ++row) {
      const float weight = weights[row * stride + i];
      for (int lane = 0; lane < kLanes; ++lane) {
        Lane image;
        read_lane(image, pack + (i * kLanes + lane) * kLane);
        sum[row][lane] += weight * image;
      }
    }
  for (int row = 0; row < kRows; ++row)
    for (int lane = 0; lane < kLanes; ++lane)
      write_lane(sums + (row * kLanes + lane) * kLane, sum[row][lane]);
}

/// kRows x kLanes sums at a time: enough that none waits for its last product, few enough for the registers.
template <int kRows, int kLanes>
[[gnu::always_inline]] inline void add_pack_products(const float* weights, std::int64_t stride,
                                                     const float* pack, float* sums, std::int64_t rows,
                                                     std::int64_t inputs) {
  constexpr std::int64_t kWidth = kLanes * kLane;
  std::int64_t row = 0;
  for (; row + kRows <= rows; row += kRows)
    add_row_products<kRows, kLanes>(weights + row * stride, stride, pack, sums + row * kWidth, inputs);
  for (; row < rows; ++row)
    add_row_products<1, kLanes>(weights + row * stride, stride, pack, sums + row * kWidth, inputs);
}

ASSAY_FUSED_CLONES void add_products_of(std::int64_t lanes, const float* weights, std::int64_t stride,
                                        const float* pack, float* sums, std::int64_t rows,
                                        std::int64_t inputs) {
  switch (lanes) {
    case 1:
      return add_pack_products<10, 1>(weights, stride, pack, sums, rows, inputs);
    case 2:
      return add_pack_products<5, 2>(weights, stride, pack, sums, rows, inputs);
    case 3:
      return add_pack_products<4, 3>(weights, stride, pack, sums, rows, inputs);
    default:
      return add_pack_products<3, 4>(weights, stride, pack, sums, rows, inputs);
  }
}

/// Loops, because the rows are too short for a call.
inline void copy_short(const float* from, float* to, std::int64_t begin, std::int64_t end) {
  for (; begin + kLane <= end; begin += kLane) std::memcpy(to + begin, from + begin, kLane * sizeof(float));
  ASSAY_SHORTEST_LOOP
  for (; begin < end; ++begin) to[begin] = from[begin];
}

}  // namespace

void add_products(const float* weights, std::int64_t stride, const float* pack, float* sums,
                  std::int64_t rows, std::int64_t inputs, std::int64_t width) {
  add_products_of(width / kLane, weights, stride, pack, sums, rows, inputs);
}

void max_pool_plane(const float* in, float* out, const PoolSide& rows, const PoolSide& columns) {
  const std::int64_t reach =
      (columns.windows - 1) * columns.stride + columns.dilation * (columns.kernel - 1) + 1;
  const std::int64_t used = std::min(columns.size, reach - columns.before);
  std::vector<float> line(std::max(reach, columns.before));
  for (std::int64_t r = 0; r < rows.windows; ++r) {
    std::ranges::fill(line, kLowest);
    for (std::int64_t j = 0; j < rows.kernel; ++j) {
      const std::int64_t row = r * rows.stride - rows.before + j * rows.dilation;
      if (row >= 0 && row < rows.size)
        keep_larger(line.data() + columns.before, in + row * columns.size, used);
    }
    float* best = out + r * columns.windows;
    std::fill_n(best, columns.windows, kLowest);
    for (std::int64_t j = 0; j < columns.kernel; ++j)
      keep_larger_by(columns.stride, best, line.data() + j * columns.dilation, columns.windows);
  }
}

void cut_plane(const float* map, const float* changed, float* out, const CutSide& rows,
               const CutSide& columns, float fill) {
  const auto within = [](std::int64_t x, const CutSide& side) {
    return std::clamp<std::int64_t>(x - side.first, 0, side.count);
  };
  const std::int64_t left = within(0, columns), right = within(columns.size, columns);
  const std::int64_t from = within(columns.changed_first, columns);
  const std::int64_t to = within(columns.changed_first + columns.changed_count, columns);
  const std::int64_t map_column = columns.first, changed_column = columns.first - columns.changed_first;
  for (std::int64_t i = 0; i < rows.count; ++i, out += columns.count) {
    const std::int64_t row = rows.first + i, changed_row = row - rows.changed_first;
    if (row < 0 || row >= rows.size) {
      std::fill_n(out, columns.count, fill);
      continue;
    }
    const float* base = map + row * columns.size + map_column;
    const bool is_changed = changed_row >= 0 && changed_row < rows.changed_count && from < to;
    std::fill(out, out + left, fill);
    copy_short(base, out, left, is_changed ? from : right);
    if (is_changed) {
      copy_short(changed + changed_row * columns.changed_count + changed_column, out, from, to);
      copy_short(base, out, to, right);
    }
    std::fill(out + right, out + columns.count, fill);
  }
}

void lrn_pixels(const float* in, float* out, const LrnWindow& window, std::int64_t begin, std::int64_t end) {
  const std::int64_t count = end - begin;
  std::vector<float> sums(count);
  for (std::int64_t channel = 0; channel < window.channels; ++channel) {
    std::ranges::fill(sums, 0.0f);
    const std::int64_t first = std::max<std::int64_t>(channel - window.before, 0);
    const std::int64_t last = std::min(channel + window.after, window.channels - 1);
    for (std::int64_t c = first; c <= last; ++c)
      add_squares(in + c * window.pixels + begin, sums.data(), count);
    const std::int64_t offset = channel * window.pixels + begin;
    scale_by_window(in + offset, sums.data(), out + offset, count, window.scale, window.k);
  }
}

}  // namespace assay
