#pragma once

#include <string>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// How a raw attribution becomes a map. The order is fixed: reduce channels - positive part - dilate -
/// normalise - resize - clamp - min-max. Fields are the defaults that a method suggests; every one is a
/// configuration key beside the method's own.
struct View {
  std::string reduce = "sum";      // sum | max-abs | l2, over channels
  bool positive = false;           // negative values become 0 before resizing
  std::int64_t dilations = 0;      // 3x3 grey dilations at the raw resolution
  bool normalise = false;          // min-max before resizing (the authors' code)
  std::string resize = "bicubic";  // bicubic | bilinear, to the network's input; unless the sizes agree
  bool clamp = false;              // negative values become 0 after resizing
};

/// Reads the view's keys from `params`; those absent keep the value of `suggested`.
View read_view(Params& params, const View& suggested);

/// Raw [Q,C,h,w] -> maps [Q,H,W], float32 in [0,1] (computed in double). A constant map becomes 0; NaN stays
/// NaN.
Tensor apply_view(const View& view, const Tensor& raw, std::int64_t height, std::int64_t width);

}  // namespace assay
