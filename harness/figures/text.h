#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace assay {

/// How a text is set: anti-aliased, black or grey.
struct Font {
  double scale = 0.5;
  int thickness = 1;
  int leading = 20;  // px from line to line
  cv::Scalar colour{60, 60, 60};
};

/// Breaks a text between words so that every line fits `width` px; longer words are broken anywhere.
std::vector<std::string> wrap(const std::string& text, const Font& font, int width);

/// Writes lines below (x, y), the upper left corner of the first.
void write_lines(cv::Mat& canvas, const std::vector<std::string>& lines, const Font& font, int x, int y);

int text_width(const std::string& text, const Font& font);

}  // namespace assay
