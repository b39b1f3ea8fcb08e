#include "harness/floors/colour_baseline.h"

#include <cmath>
#include <limits>

namespace assay {
namespace {

using Distance = std::function<double(const Colours&, const Colours&)>;

/// Floor of the training view nearest to a test view.
int nearest_floor(const FloorColours& colours, const Colours& test, const Distance& distance) {
  int nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int floor = 0; floor < kFloors; ++floor)
    for (int view = 0; view < kTrainViews; ++view) {
      const double here = distance(colours.at(floor).at(view), test);
      if (here < least) least = here, nearest = floor;
    }
  return nearest;
}

double mean_distance(const Colours& a, const Colours& b) {
  return cv::norm(a.mean - b.mean);
}

double histogram_distance(const Colours& a, const Colours& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.histogram.size(); ++i) sum += std::abs(a.histogram[i] - b.histogram[i]);
  return sum;
}

}  // namespace

Colours colours_of(const cv::Mat& image) {
  Colours colours;
  const double share = 1.0 / static_cast<double>(image.total());
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const auto& pixel = image.at<cv::Vec3b>(y, x);
      colours.histogram[pixel[0] / 64 * 16 + pixel[1] / 64 * 4 + pixel[2] / 64] += share;
      colours.mean += share * cv::Vec3d(pixel);
    }
  return colours;
}

ColourBaselines colour_baselines(const FloorColours& colours) {
  ColourBaselines right;
  for (int floor = 0; floor < kFloors; ++floor)
    for (int view = kTrainViews; view < kViews; ++view) {
      const Colours& test = colours.at(floor).at(view);
      ++right.tested;
      right.mean += nearest_floor(colours, test, mean_distance) == floor;
      right.histogram += nearest_floor(colours, test, histogram_distance) == floor;
    }
  return right;
}

}  // namespace assay
