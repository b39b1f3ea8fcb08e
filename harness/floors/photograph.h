#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

namespace assay::scene {

/// What camera and light make of a scene of twice the size (CV_8UC3): exposure and colour cast of this view,
/// darker corners, noise of the sensor. CV_8UC3. A pixel depends on its own four of the scene only.
cv::Mat photograph(const cv::Mat& scene, std::uint64_t seed);

}  // namespace assay::scene
