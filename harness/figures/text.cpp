#include "harness/figures/text.h"

#include <opencv2/imgproc.hpp>
#include <sstream>

namespace assay {
namespace {

constexpr int kFace = cv::FONT_HERSHEY_SIMPLEX;

/// The longest beginning of a word that fits, at least one character.
std::size_t fitting(const std::string& word, const Font& font, int width) {
  std::size_t length = word.size();
  while (length > 1 && text_width(word.substr(0, length), font) > width) --length;
  return length;
}

}  // namespace

int text_width(const std::string& text, const Font& font) {
  int baseline = 0;
  return cv::getTextSize(text, kFace, font.scale, font.thickness, &baseline).width;
}

std::vector<std::string> wrap(const std::string& text, const Font& font, int width) {
  std::vector<std::string> lines;
  std::string line, word;
  std::istringstream words(text);
  while (words >> word) {
    const std::string longer = line.empty() ? word : line + " " + word;
    if (text_width(longer, font) <= width) {
      line = longer;
      continue;
    }
    if (!line.empty()) lines.push_back(line);
    for (std::size_t fit; (fit = fitting(word, font, width)) < word.size(); word.erase(0, fit))
      lines.push_back(word.substr(0, fit));
    line = word;
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

void write_lines(cv::Mat& canvas, const std::vector<std::string>& lines, const Font& font, int x, int y) {
  for (const std::string& line : lines) {
    cv::putText(canvas, line, {x, y + font.leading * 3 / 4}, kFace, font.scale, font.colour, font.thickness,
                cv::LINE_AA);
    y += font.leading;
  }
}

}  // namespace assay
