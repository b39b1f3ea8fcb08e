#include "harness/data/image_reader.h"

#include <fmt/format.h>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "harness/core/error.h"
#include "harness/data/fit.h"
#include "harness/data/image_file.h"

namespace assay {

void quieten_opencv() {
  static const bool done = [] {
    cv::setNumThreads(0);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return true;
  }();
  static_cast<void>(done);
}

cv::Mat read_image(const std::string& path) {
  quieten_opencv();
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

}  // namespace assay
