#include <cmath>

#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kPlantWidth = 1.5, kPlantHeight = 2.0, kSoil = 1.52;  // m; the soil is so far from the top

/// A pointed leaf with a bright rib, one half in shade.
void leaf(Sheet& sheet, cv::Point2d foot, double angle, double length, const Colour& paint) {
  const cv::Point2d along(std::cos(angle), std::sin(angle)), across(-along.y, along.x);
  const auto half = [&](double side, const Colour& tone) {
    std::vector<cv::Point2d> outline{foot};
    for (int i = 1; i < 12; ++i) {
      const double t = i / 12.0, width = 0.3 * length * std::pow(std::sin(CV_PI * std::pow(t, 0.8)), 0.9);
      outline.push_back(foot + t * length * along + side * width * across);
    }
    outline.push_back(foot + length * along);
    sheet.polygon(outline, tone);
  };
  half(-1, paint);
  half(1, shade(paint, 0.68));
  sheet.line(foot, foot + 0.92 * length * along, 0.008, shade(paint, 1.5));
  for (double t = 0.25; t < 0.8; t += 0.18)
    for (const double side : {-1.0, 1.0})
      sheet.line(foot + t * length * along,
                 foot + (t + 0.14) * length * along + side * 0.17 * length * across, 0.004,
                 shade(paint, 1.25));
}

void pot(Sheet& sheet) {
  const double x = kPlantWidth / 2, foot = kPlantHeight - 0.005;
  std::vector<cv::Point2d> body{{x - 0.28, kSoil}, {x + 0.28, kSoil}, {x + 0.2, foot}, {x - 0.2, foot}};
  sheet.polygon(body, paints()[1]);
  for (double y = kSoil + 0.12; y < foot - 0.05; y += 0.09) {
    const double w = 0.28 - 0.08 * (y - kSoil) / (foot - kSoil);
    sheet.rectangle(x - w, y, 2 * w, 0.03, paints()[2]);
  }
  sheet.rectangle(x - 0.3, kSoil - 0.03, 0.6, 0.08, shade(paints()[1], 1.15));
}

}  // namespace

Pieces potted_plant(Random& random) {
  Sheet sheet(kPlantWidth, kPlantHeight, 340);
  pot(sheet);
  const cv::Point2d soil(kPlantWidth / 2, kSoil - 0.02);
  for (int i = 0; i < 46; ++i) {
    const double t = i / 45.0;
    const double lean = between(random, -1, 1), rise = between(random, 0.25, 1.12) * (1 - 0.35 * lean * lean);
    const cv::Point2d tip = soil + cv::Point2d(0.42 * lean, -rise);
    sheet.line(soil, tip, 0.012, shade(paints()[5], 0.6));
    const double angle = -CV_PI / 2 + 1.5 * lean + between(random, -0.5, 0.5);
    leaf(sheet, tip, angle, between(random, 0.29, 0.42), shade(paints()[5], 0.6 + 0.6 * t));
  }
  return {facing(sheet, -kPlantWidth / 2, kPlantHeight, -0.35)};
}

}  // namespace assay::scene
