#pragma once

#include <string>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// How a raw attribution becomes a map. The order is fixed: reduce channels - smooth - positive part -
/// dilate - normalise - resize - clamp - scale. Fields are the defaults that a method suggests; every one is
/// a configuration key beside the method's own.
struct View {
  std::string reduce = "sum";      // sum | sum-abs | sum-positive | max-abs | l2, over channels
  double smooth = 0;               // sigma of a Gaussian at the raw resolution, as a share of its longer side
  bool positive = false;           // negative values become 0 before resizing
  std::int64_t dilations = 0;      // 3x3 grey dilations at the raw resolution
  bool normalise = false;          // min-max before resizing (the authors' code)
  std::string resize = "bicubic";  // bicubic | bilinear, to the network's input; unless the sizes agree
  bool clamp = false;              // negative values become 0 after resizing
  std::string scale = "min-max";   // min-max: to [0,1] | max-abs: to [-1,1], 0 stays 0 | none

  /// Whether 0 of the map may be another value than 0 of the attribution, so that its sign says nothing.
  bool moves_zero() const { return normalise || scale == "min-max"; }
};

/// Reads the view's keys from `params`; those absent keep the value of `suggested`.
View read_view(Params& params, const View& suggested);

/// Raw [Q,C,h,w] -> maps [Q,H,W], float32 (computed in double), in [0,1] unless scaled otherwise. By min-max
/// a constant map becomes 0, by max-abs one of zeros; NaN stays NaN.
Tensor apply_view(const View& view, const Tensor& raw, std::int64_t height, std::int64_t width);

}  // namespace assay
