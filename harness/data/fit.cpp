#include "harness/data/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/data/decode.h"

namespace assay {
namespace {

/// How an image becomes the network's input: a part of it is resized, and of that a part cut out.
struct Fit {
  cv::Rect source;
  cv::Size size;
  int interpolation = cv::INTER_LINEAR;
  cv::Rect crop = {};
};

cv::Mat resized_by(const Fit& fit, const cv::Mat& image) {
  if (fit.size == image.size()) return image;
  cv::Mat result;
  cv::resize(image, result, fit.size, 0, 0, fit.interpolation);
  return result;
}

cv::Size input_size(const Preprocess& p) {
  return {static_cast<int>(p.width), static_cast<int>(p.height)};
}

Fit resize_of(const Preprocess& p, cv::Size image) {
  const int size = static_cast<int>(p.resize_size), side = std::min(image.width, image.height);
  const auto scaled = [&](int length) {
    return static_cast<int>(std::lround(length * (static_cast<double>(size) / side)));
  };
  Fit fit{.source = {{0, 0}, image}, .size = image};
  if (p.resize == Preprocess::Resize::warp) fit.size = size == 0 ? input_size(p) : cv::Size(size, size);
  if (p.resize == Preprocess::Resize::short_side) {
    fit.size = {scaled(image.width), scaled(image.height)};
    if (size < side) fit.interpolation = cv::INTER_AREA;
  }
  return fit;
}

Fit fit_of(const Preprocess& p, cv::Size image) {
  const cv::Size input = input_size(p);
  if (p.top_left_square) {
    const int side = std::min(image.width, image.height);
    return {.source = {0, 0, side, side}, .size = input, .crop = {{0, 0}, input}};
  }
  Fit fit = resize_of(p, image);
  const int spare_x = fit.size.width - input.width, spare_y = fit.size.height - input.height;
  const bool fits =
      p.crop == Preprocess::Crop::none ? spare_x == 0 && spare_y == 0 : spare_x >= 0 && spare_y >= 0;
  if (!fits)
    throw DataError(
        fmt::format("{} x {} pixels do not give the network's input of {} x {}; choose another image mode",
                    fit.size.width, fit.size.height, input.width, input.height));
  const bool center = p.crop == Preprocess::Crop::center;
  fit.crop = {{center ? spare_x / 2 : 0, center ? spare_y / 2 : 0}, input};
  return fit;
}

}  // namespace

cv::Mat resized(const Preprocess& p, const cv::Mat& image) {
  return resized_by(resize_of(p, image.size()), image);
}

cv::Mat fitted(const Preprocess& p, const cv::Mat& image) {
  const Fit fit = fit_of(p, image.size());
  return resized_by(fit, image(fit.source))(fit.crop);
}

ImageGeometry geometry_of(ImageSize image, const Preprocess& preprocess) {
  const Fit fit = fit_of(preprocess, {image.columns, image.rows});
  const double scale_y = static_cast<double>(fit.source.height) / fit.size.height;
  const double scale_x = static_cast<double>(fit.source.width) / fit.size.width;
  return {.scale_y = scale_y,
          .scale_x = scale_x,
          .offset_y = (fit.crop.y + 0.5) * scale_y - 0.5,
          .offset_x = (fit.crop.x + 0.5) * scale_x - 0.5,
          .rows = image.rows,
          .columns = image.columns};
}

}  // namespace assay
