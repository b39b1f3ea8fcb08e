#include "harness/data/decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "harness/core/error.h"
#include "harness/data/image_file.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

void quieten_opencv() {
  static const bool done = [] {
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return true;
  }();
  static_cast<void>(done);
}

cv::Mat read_bgr(const std::string& path) {
  const std::vector<unsigned char> bytes = read_image_file(path);
  cv::Mat image;
  try {
    image = cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    throw DataError(fmt::format("{}: cannot be decoded: {}", path, error.err));
  }
  if (image.empty()) throw DataError(fmt::format("{}: not an image, or damaged", path));
  return image;
}

cv::Mat resized(const cv::Mat& image, cv::Size size, int interpolation) {
  cv::Mat result;
  cv::resize(image, result, size, 0, 0, interpolation);
  return result;
}

cv::Size input_size(const Preprocess& p) {
  return {static_cast<int>(p.width), static_cast<int>(p.height)};
}

cv::Mat short_side_to(const cv::Mat& image, int size) {
  const int side = std::min(image.cols, image.rows);
  const double scale = static_cast<double>(size) / side;
  const auto scaled = [&](int length) { return static_cast<int>(std::lround(length * scale)); };
  return resized(image, {scaled(image.cols), scaled(image.rows)},
                 size < side ? cv::INTER_AREA : cv::INTER_LINEAR);
}

cv::Mat resize_as(const Preprocess& p, const cv::Mat& image) {
  const int size = static_cast<int>(p.resize_size);
  switch (p.resize) {
    case Preprocess::Resize::none:
      return image;
    case Preprocess::Resize::warp:
      return resized(image, size == 0 ? input_size(p) : cv::Size(size, size), cv::INTER_LINEAR);
    case Preprocess::Resize::short_side:
      return short_side_to(image, size);
  }
  return image;
}

cv::Mat crop_as(const Preprocess& p, const cv::Mat& image, const std::string& path) {
  const cv::Size size = input_size(p);
  const int spare_x = image.cols - size.width, spare_y = image.rows - size.height;
  const bool fits =
      p.crop == Preprocess::Crop::none ? spare_x == 0 && spare_y == 0 : spare_x >= 0 && spare_y >= 0;
  if (!fits)
    throw DataError(fmt::format(
        "{}: {} x {} pixels do not give the network's input of {} x {}; choose another image mode", path,
        image.cols, image.rows, size.width, size.height));
  const bool center = p.crop == Preprocess::Crop::center;
  return image(cv::Rect({center ? spare_x / 2 : 0, center ? spare_y / 2 : 0}, size));
}

cv::Mat fitted(const Preprocess& p, const cv::Mat& image, const std::string& path) {
  if (!p.top_left_square) return crop_as(p, resize_as(p, image), path);
  const int side = std::min(image.cols, image.rows);
  return resized(image(cv::Rect(0, 0, side, side)), input_size(p), cv::INTER_LINEAR);
}

/// Copies an image whose rows follow each other, which those of a crop do not.
Tensor planes_of(const cv::Mat& image) {
  ASSAY_ASSERT(image.isContinuous());
  const auto options = at::TensorOptions().dtype(at::kByte);
  return at::from_blob(image.data, {image.rows, image.cols, 3}, options)
      .permute({2, 0, 1})
      .clone(at::MemoryFormat::Contiguous);
}

Tensor in_channel_order(const Preprocess& p, const cv::Mat& bgr) {
  cv::Mat pixels;
  if (p.bgr)
    pixels = bgr.clone();
  else
    cv::cvtColor(bgr, pixels, cv::COLOR_BGR2RGB);
  return planes_of(pixels);
}

}  // namespace

Tensor decode(const std::string& path, const Preprocess& preprocess) {
  quieten_opencv();
  return in_channel_order(preprocess, fitted(preprocess, read_bgr(path), path));
}

Tensor decode_uncropped(const std::string& path, const Preprocess& preprocess) {
  quieten_opencv();
  return in_channel_order(preprocess, resize_as(preprocess, read_bgr(path)));
}

Tensor decode_mask(const std::string& path, ImageSize image, const Preprocess& preprocess) {
  quieten_opencv();
  cv::Mat grey;
  cv::cvtColor(read_bgr(path), grey, cv::COLOR_BGR2GRAY);
  if (image != ImageSize{grey.rows, grey.cols})
    throw DataError(fmt::format("{}: the mask has {} x {} pixels, its image {} x {}", path, grey.cols,
                                grey.rows, image.columns, image.rows));
  cv::Mat object;
  cv::merge(std::vector<cv::Mat>(3, grey > 0), object);
  return planes_of(fitted(preprocess, object, path).clone())[0].gt(127);
}

namespace {

Decoded::Mask try_decode_mask(const Region& region, ImageSize image, const Preprocess& preprocess) {
  try {
    return {decode_mask(region.mask, image, preprocess), ""};
  } catch (const std::exception& error) {
    return {Tensor(), error.what()};
  }
}

}  // namespace

Decoded try_decode(const Sample& sample, const Preprocess& preprocess) {
  try {
    quieten_opencv();
    const cv::Mat bgr = read_bgr(sample.path);
    Decoded decoded{in_channel_order(preprocess, fitted(preprocess, bgr, sample.path)), ""};
    for (const Region& region : sample.regions)
      decoded.regions.push_back(try_decode_mask(region, {bgr.rows, bgr.cols}, preprocess));
    return decoded;
  } catch (const std::exception& error) {
    return {Tensor(), error.what()};
  }
}

}  // namespace assay
