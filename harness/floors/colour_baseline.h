#pragma once

#include <array>
#include <functional>
#include <opencv2/core.hpp>

#include "harness/floors/floors.h"

namespace assay {

/// The colours of an image without their places.
struct Colours {
  cv::Vec3d mean;                      // of each channel, 0..255
  std::array<double, 64> histogram{};  // shares, four levels a channel
};
Colours colours_of(const cv::Mat& image);

using FloorColours = std::array<std::array<Colours, kViews>, kFloors>;

/// How many of the 42 test views have their nearest training view on their own floor: what colour alone
/// tells. Distances: Euclidean of the means, sum of absolute differences of the histograms.
struct ColourBaselines {
  int tested = 0, mean = 0, histogram = 0;
};
ColourBaselines colour_baselines(const FloorColours& colours);

}  // namespace assay
