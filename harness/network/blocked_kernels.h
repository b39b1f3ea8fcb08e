#pragma once

#include "harness/network/kernels.h"

namespace assay {

/// Loops over float32 maps with `block` (8 or 16) channels side by side: a plane is rows x columns x block.

/// One plane; padding never wins, NaN always does.
void max_pool_blocks(const float* in, float* out, const PoolSide& rows, const PoolSide& columns,
                     std::int64_t block);

/// One plane: sums of the window's part inside the map, divided by `divisors` [rows.windows,
/// columns.windows].
void avg_pool_blocks(const float* in, float* out, const float* divisors, const PoolSide& rows,
                     const PoolSide& columns, std::int64_t block);

/// One image of window.channels / block planes; the window reaches at most `block` channels to either side.
void lrn_blocks(const float* in, float* out, const LrnWindow& window, std::int64_t block);

/// One image, channels x pixels into planes of pixels x block, and back.
void interleave(const float* in, float* out, std::int64_t channels, std::int64_t pixels, std::int64_t block);
void separate(const float* in, float* out, std::int64_t channels, std::int64_t pixels, std::int64_t block);

}  // namespace assay
