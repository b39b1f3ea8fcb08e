#pragma once

#include "harness/network/network.h"

namespace assay {

/// Brings pixels of a rectangle to the scale of a network's input, as Network::normalise() does whole images;
/// in double.
class InputScale {
 public:
  explicit InputScale(const Network& network);
  /// `pixels` [...,3,h,w], 0..255, in double on the CPU, whose first one is (top, left) of the image ->
  /// float32 on the network's device.
  Tensor normalised(const Tensor& pixels, std::int64_t top, std::int64_t left) const;

 private:
  double pre_scale_;
  Tensor mean_, deviation_;  // [3,1,1]; the mean may be [3,H,W]
  at::Device device_;
};

}  // namespace assay
