#pragma once

#include <opencv2/core.hpp>

#include "harness/network/tensor.h"

namespace assay {

/// A view of a picture [H,W,3] or a plane [H,W] of uint8: valid while the tensor is.
cv::Mat mat_of(const Tensor& picture);
/// A copy of a CV_8UC3 matrix as a picture.
Tensor tensor_of(const cv::Mat& mat);

/// The colours of a plane of values 0..255 as RGB.
cv::Mat heat_colours(const cv::Mat& values);

}  // namespace assay
