#pragma once

#include <opencv2/core.hpp>

#include "harness/network/network.h"

namespace assay {

// How decode() brings an image to the network's input.

/// OpenCV without threads and messages of its own.
void quieten_opencv();

/// Resized as `p` says, without the crop and without top_left_square.
cv::Mat resized(const Preprocess& p, const cv::Mat& image);

/// Resized and cropped. Throws DataError without a place where the image is too small. May share the image's
/// memory.
cv::Mat fitted(const Preprocess& p, const cv::Mat& image);

}  // namespace assay
