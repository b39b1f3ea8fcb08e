#include "harness/floors/photograph.h"

#include <bit>
#include <opencv2/imgproc.hpp>

#include "harness/floors/sheet.h"

namespace assay::scene {
namespace {

/// Nearly normal, of unit deviation: bits set among 64.
float normal(Random& random) {
  return static_cast<float>(std::popcount(random()) - 32) / 4;
}

/// Gain of each channel: exposure times white balance.
cv::Vec3f gains(Random& random) {
  const double exposure = between(random, 0.82, 1.3), warm = between(random, -0.09, 0.09),
               green = between(random, -0.035, 0.035);
  return {static_cast<float>(exposure * (1 - warm)), static_cast<float>(exposure * (1 + green)),
          static_cast<float>(exposure * (1 + warm))};
}

}  // namespace

cv::Mat photograph(const cv::Mat& scene, std::uint64_t seed) {
  Random random(mix_seed(seed, "photograph"));
  const cv::Vec3f gain = gains(random);
  const auto corners = static_cast<float>(between(random, 0.16, 0.3));
  cv::Mat shrunk, taken(scene.rows / 2, scene.cols / 2, CV_8UC3);
  cv::resize(scene, shrunk, taken.size(), 0, 0, cv::INTER_AREA);
  const auto half = cv::Point2f(taken.size() / 2);
  for (int y = 0; y < taken.rows; ++y)
    for (int x = 0; x < taken.cols; ++x) {
      const float u = (x - half.x) / half.x, v = (y - half.y) / half.x;
      const float light = 1 - corners * (u * u + v * v) / 1.5F;
      for (int c = 0; c < 3; ++c) {
        const float value = shrunk.at<cv::Vec3b>(y, x)[c] * gain[c] * light;
        taken.at<cv::Vec3b>(y, x)[c] =
            cv::saturate_cast<uchar>(value + normal(random) * (1.1F + 0.006F * value));
      }
    }
  return taken;
}

}  // namespace assay::scene
