#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "methods/patch_statistics.h"

namespace assay {

/// Draws what could stand in a square window of an image, given the pixels around it, from the Gaussian of
/// patches (Zintgraf 2017; papers.md 2.2). With 1 = window, 2 = the rest of the patch around it, for each
/// channel alone:
///   x1 ~ N(mu1 + S12 S22^-1 (x2 - mu2), S11 - S12 S22^-1 S21), cut to the values seen at each place
/// The window lies in the middle of its patch; at the borders of the image the patch is moved inside.
class PatchSampler {
 public:
  /// `window` is smaller than the patches. Channels are in the order of the images given to draw().
  PatchSampler(PatchStatistics statistics, std::int64_t window);
  /// [n,3,window,window] in double on the CPU for the window at (top,left) of `image` [3,H,W] (double, CPU).
  Tensor draw(const Tensor& image, std::int64_t top, std::int64_t left, std::int64_t n, std::uint64_t seed);

 private:
  /// Of a window at one place in its patch.
  struct Condition {
    Tensor inside, outside;  // places of the window and of the rest in the patch, row by row
    Tensor gain;             // [3,window,rest]: S12 S22^-1
    Tensor factor;           // [3,window,window]: L with L L^T = S11 - S12 S22^-1 S21
  };
  const Condition& condition(std::int64_t down, std::int64_t right);

  PatchStatistics statistics_;
  std::int64_t window_;
  std::map<std::array<std::int64_t, 2>, Condition> conditions_;  // by row and column in the patch
};

}  // namespace assay
