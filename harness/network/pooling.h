#pragma once

#include "harness/network/kernels.h"
#include "harness/network/network.h"

namespace assay {

/// Size of a pooling output along one side. With ceil_mode the last window may overhang but starts inside the
/// input or the padding before it (Caffe and PyTorch agree).
std::int64_t pooled_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t pad_before,
                         std::int64_t pad_after, std::int64_t dilation, bool ceil_mode);

/// The windows of a pooling along the rows (0) or columns (1) of x, [N,C,H,W] or blocked.
PoolSide pool_side(const Tensor& x, const Attributes& a, int side);

/// Whether the loops of kernels.h may run on it: float32 on the CPU, contiguous, no gradient wanted.
bool suits_kernels(const Tensor& x);

/// Whether some padding is negative: so much of the border is then left out.
bool leaves_out_border(const Attributes& a);

/// [N,C,H,W] -> [N,C,h,w]; padding is -inf, on each side as much as it says.
Tensor max_pool(const Tensor& x, const Attributes& a);

/// [N,C,H,W] -> [N,C,h,w]; the mean of the window's part inside the input, or, with count_include_pad, inside
/// the padded input (padding counts as zeros, the overhang of ceil_mode never counts).
Tensor avg_pool(const Tensor& x, const Attributes& a);

}  // namespace assay
