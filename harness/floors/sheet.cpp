#include "harness/floors/sheet.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace assay::scene {
namespace {

constexpr int kShift = 4;  // binary places of a drawn coordinate

int fixed(double px) {
  return cvRound(px * (1 << kShift));
}

}  // namespace

Colour colour(double blue, double green, double red) {
  return {blue, green, red, 255};
}

Colour shade(const Colour& base, double factor) {
  return colour(std::min(255.0, base[0] * factor), std::min(255.0, base[1] * factor),
                std::min(255.0, base[2] * factor));
}

const std::vector<Colour>& paints() {
  static const std::vector<Colour> all{colour(205, 217, 224), colour(96, 132, 168), colour(62, 84, 112),
                                       colour(70, 68, 66),    colour(138, 116, 88), colour(96, 128, 104),
                                       colour(78, 88, 152),   colour(92, 150, 184)};
  return all;
}

double between(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}

const Colour& any_paint(Random& random) {
  return paints()[random.below(paints().size())];
}

cv::Mat noise(Random& random, cv::Size size, double cell, double amplitude) {
  constexpr double kFinest = 1.5;  // px
  cv::Mat sum, finer;
  for (int octave = 0; octave < 4 && (octave == 0 || cell >= kFinest);
       ++octave, cell /= 2, amplitude *= 0.7) {
    const double step = std::max(1.0, cell);
    const cv::Size grid(static_cast<int>(size.width / step) + 2, static_cast<int>(size.height / step) + 2);
    if (sum.empty()) sum = cv::Mat(grid, CV_32F, cv::Scalar(0));
    cv::resize(sum, finer, grid, 0, 0, cv::INTER_LINEAR);
    for (int y = 0; y < grid.height; ++y)
      for (int x = 0; x < grid.width; ++x)
        finer.at<float>(y, x) += static_cast<float>(between(random, -amplitude, amplitude));
    cv::swap(sum, finer);
  }
  cv::resize(sum, finer, size, 0, 0, cv::INTER_LINEAR);
  return finer;
}

Sheet::Sheet(double width, double height, double density, const Colour& ground)
    : density_(density),
      pixels_(std::max(2, cvRound(height * density)), std::max(2, cvRound(width * density)), CV_8UC4,
              ground) {}

void Sheet::rectangle(double x, double y, double width, double height, const Colour& colour) {
  polygon({{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}, colour);
}

void Sheet::polygon(const std::vector<cv::Point2d>& corners, const Colour& colour) {
  std::vector<cv::Point> points;
  for (const cv::Point2d& corner : corners)
    points.emplace_back(fixed(corner.x * density_ - 0.5), fixed(corner.y * density_ - 0.5));
  cv::fillPoly(pixels_, std::vector<std::vector<cv::Point>>{points}, colour, cv::LINE_AA, kShift);
}

void Sheet::disc(const cv::Point2d& centre, double radius, const Colour& paint) {
  cv::circle(pixels_, {fixed(centre.x * density_ - 0.5), fixed(centre.y * density_ - 0.5)},
             fixed(radius * density_), paint, cv::FILLED, cv::LINE_AA, kShift);
}

void Sheet::line(const cv::Point2d& from, const cv::Point2d& to, double width, const Colour& colour) {
  cv::line(pixels_, {fixed(from.x * density_ - 0.5), fixed(from.y * density_ - 0.5)},
           {fixed(to.x * density_ - 0.5), fixed(to.y * density_ - 0.5)}, colour,
           std::max(1, cvRound(width * density_)), cv::LINE_AA, kShift);
}

void Sheet::text(const std::string& text, double x, double y, double height, const Colour& colour) {
  const double scale = height * density_ / 21;  // Hershey capitals are 21 px high at scale 1
  cv::putText(pixels_, text, {cvRound(x * density_), cvRound(y * density_)}, cv::FONT_HERSHEY_DUPLEX, scale,
              colour, std::max(1, cvRound(scale * 1.6)), cv::LINE_AA);
}

void Sheet::multiply(const cv::Mat& factor) {
  for (int y = 0; y < pixels_.rows; ++y) {
    auto* pixel = pixels_.ptr<cv::Vec4b>(y);
    const auto* by = factor.ptr<float>(y);
    for (int x = 0; x < pixels_.cols; ++x)
      for (int c = 0; c < 3; ++c) pixel[x][c] = cv::saturate_cast<uchar>(pixel[x][c] * by[x]);
  }
}

void Sheet::grain(Random& random, double amplitude, double cell) {
  multiply(noise(random, pixels_.size(), cell * density_, amplitude) + 1);
}

void Sheet::fibres(Random& random, double amplitude, bool upright) {
  const cv::Size along = upright ? cv::Size(pixels_.cols, std::max(2, pixels_.rows / 24))
                                 : cv::Size(std::max(2, pixels_.cols / 24), pixels_.rows);
  cv::Mat stretched;
  cv::resize(noise(random, along, 6, amplitude), stretched, pixels_.size(), 0, 0, cv::INTER_LINEAR);
  multiply(stretched + 1);
}

void Sheet::gradient(double from, double to, bool downwards) {
  cv::Mat smooth(pixels_.size(), CV_32F);
  for (int y = 0; y < smooth.rows; ++y)
    for (int x = 0; x < smooth.cols; ++x) {
      const double at = downwards ? (y + 0.5) / smooth.rows : (x + 0.5) / smooth.cols;
      smooth.at<float>(y, x) = static_cast<float>(from + (to - from) * at);
    }
  multiply(smooth);
}

}  // namespace assay::scene
