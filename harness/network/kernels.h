#pragma once

#include <cstdint>

namespace assay {

/// Plain loops over float32 planes for the layers that LibTorch 1.13 runs slowly on a CPU (measured on
/// GoogLeNet: max pooling and LRN took half of a forward pass). Nothing here allocates more than one row.

/// A pooling window along one side: output i covers input i*stride - before + j*dilation, j = 0 .. kernel-1.
struct PoolSide {
  std::int64_t size = 0;     // input
  std::int64_t windows = 0;  // output
  std::int64_t kernel = 1, stride = 1, dilation = 1;
  std::int64_t before = 0;  // padding
};

/// One plane, rows.size x columns.size -> rows.windows x columns.windows; padding never wins, NaN always
/// does.
void max_pool_plane(const float* in, float* out, const PoolSide& rows, const PoolSide& columns);

struct LrnWindow {
  std::int64_t channels = 0, pixels = 0;  // one image is [channels, pixels]
  std::int64_t before = 0, after = 0;     // channels summed on either side
  float scale = 0, k = 1;                 // y = x / (k + scale * sum x^2)^(3/4)
};

/// Pixels begin .. end of one image, all channels. The exponent is 3/4, the only one in use.
void lrn_pixels(const float* in, float* out, const LrnWindow& window, std::int64_t begin, std::int64_t end);

/// A stretch of rows or columns cut out of a map along one side; it may overhang the map. Within the map,
/// changed_first .. changed_first + changed_count - 1 lie in another plane.
struct CutSide {
  std::int64_t size = 0;              // of the map
  std::int64_t first = 0, count = 0;  // of the cut
  std::int64_t changed_first = 0, changed_count = 0;
};

/// One plane: out [rows.count, columns.count] from map [rows.size, columns.size], from changed
/// [rows.changed_count, columns.changed_count] where that lies, and `fill` beyond the edges.
void cut_plane(const float* map, const float* changed, float* out, const CutSide& rows,
               const CutSide& columns, float fill);

/// Images side by side in one pack of a matrix product: a multiple of kLane, at most kWidestPack.
inline constexpr std::int64_t kLane = 8;
inline constexpr std::int64_t kWidestPack = 32;

/// sums [rows,width] += weights [rows,inputs] x pack [inputs,width], weights' rows `stride` apart. Every sum
/// takes its products one after the other in the order of the inputs, so its bits depend neither on the other
/// rows and images, nor on where its own stand, nor on the width.
void add_products(const float* weights, std::int64_t stride, const float* pack, float* sums,
                  std::int64_t rows, std::int64_t inputs, std::int64_t width);

}  // namespace assay
