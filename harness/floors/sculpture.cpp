#include <cmath>

#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kOuter = 0.6, kInner = 0.27, kPedestal = 0.72;

/// A ring of round section with ribs across it, lit from the upper left.
Sheet ring() {
  Sheet sheet(2 * kOuter, 2 * kOuter, 340);
  const cv::Vec3d light = cv::normalize(cv::Vec3d(-0.4, 0.7, 0.6));
  const double middle = (kOuter + kInner) / 2, thick = (kOuter - kInner) / 2;
  const Colour paint = paints()[0], groove = paints()[2];
  for (int row = 0; row < sheet.pixels().rows; ++row)
    for (int column = 0; column < sheet.pixels().cols; ++column) {
      const double x = (column + 0.5) / sheet.density() - kOuter, y = kOuter - (row + 0.5) / sheet.density();
      const double radius = std::hypot(x, y), across = (radius - middle) / thick;
      const double cover = std::clamp((1 - std::abs(across)) * thick * sheet.density(), 0.0, 1.0);
      if (cover == 0) continue;
      const double up = std::sqrt(std::max(0.0, 1 - across * across));
      const double facing = light.dot(cv::Vec3d(across * x / radius, across * y / radius, up));
      const double rib = std::cos(24 * std::atan2(y, x) + 5 * across) > -0.1 ? 1 : 0;
      const Colour tone = shade(rib * paint + (1 - rib) * groove, 0.4 + 0.7 * std::max(0.0, facing));
      for (int c = 0; c < 4; ++c)
        sheet.pixels().at<cv::Vec4b>(row, column)[c] = cv::saturate_cast<uchar>(tone[c] * cover);
    }
  return sheet;
}

}  // namespace

Pieces sculpture(Random& random) {
  Pieces made = box({-0.36, 0, -0.66}, {0.36, kPedestal, 0}, paints()[4], random);
  append(made, box({-0.4, kPedestal, -0.68}, {0.4, kPedestal + 0.06, 0}, paints()[3], random));
  made.push_back(facing(ring(), -kOuter, kPedestal + 0.04 + 2 * kOuter, -0.34));
  return made;
}

}  // namespace assay::scene
