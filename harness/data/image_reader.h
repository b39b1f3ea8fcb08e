#pragma once

#include <string>

namespace cv {
class Mat;
}

namespace assay {

/// Where the pixels of image files come from.
class ImageReader {
 public:
  virtual ~ImageReader() = default;
  /// uint8 [rows,columns,3], blue first; an EXIF orientation is ignored. Throws DataError `FILE: reason`.
  /// Safe to call from several threads.
  virtual cv::Mat read(const std::string& path) = 0;
};

/// Reads and decodes here and now, as long as it takes.
cv::Mat read_image(const std::string& path);

}  // namespace assay
