#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "harness/core/seed.h"

namespace assay::scene {

/// B, G, R, 255.
using Colour = cv::Scalar;
Colour colour(double blue, double green, double red);
/// Lighter (above 1) or darker.
Colour shade(const Colour& colour, double factor);
/// The paints that furniture and objects share.
const std::vector<Colour>& paints();

double between(Random& random, double low, double high);
const Colour& any_paint(Random& random);

/// Smooth noise [rows,cols] CV_32F about zero with deviations of about `amplitude`: at most four octaves, of
/// which the coarsest has cells of `cell` px.
cv::Mat noise(Random& random, cv::Size size, double cell, double amplitude);

/// A flat texture drawn in metres, (0, 0) at its upper left: CV_8UC4, colours multiplied by their alpha, so
/// that what is drawn with smooth edges on a clear sheet blends as it should.
class Sheet {
 public:
  /// Clear where no colour is given.
  Sheet(double width, double height, double density, const Colour& ground = Colour::all(0));

  double width() const { return pixels_.cols / density_; }
  double height() const { return pixels_.rows / density_; }
  double density() const { return density_; }  // px a metre
  const cv::Mat& pixels() const { return pixels_; }
  cv::Mat& pixels() { return pixels_; }

  void rectangle(double x, double y, double width, double height, const Colour& colour);
  void polygon(const std::vector<cv::Point2d>& corners, const Colour& colour);
  void disc(const cv::Point2d& centre, double radius, const Colour& colour);
  void line(const cv::Point2d& from, const cv::Point2d& to, double width, const Colour& colour);
  /// Capitals of the given height; (x, y) is the lower left of the first.
  void text(const std::string& text, double x, double y, double height, const Colour& colour);
  /// Noise on everything: the colour of a place is multiplied by 1 + noise; `cell` in m.
  void grain(Random& random, double amplitude, double cell);
  /// Long fibres along x or y.
  void fibres(Random& random, double amplitude, bool upright);
  /// Brightness that runs from one factor at the left (or top) to another at the right (or foot).
  void gradient(double from, double to, bool downwards);

 private:
  void multiply(const cv::Mat& factor);

  double density_;
  cv::Mat pixels_;
};

}  // namespace assay::scene
