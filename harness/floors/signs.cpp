#include <array>
#include <string>

#include "harness/floors/building.h"
#include "harness/floors/corridor.h"

namespace assay::scene {
namespace {

constexpr double kSignDensity = 340;

/// A running figure, an arrow and a door.
Piece way_out() {
  Sheet sheet(0.5, 0.2, kSignDensity, colour(92, 132, 60));
  const Colour white = colour(225, 235, 228);
  sheet.rectangle(0.05, 0.03, 0.1, 0.14, white);
  sheet.disc({0.225, 0.055}, 0.02, white);
  sheet.polygon({{0.21, 0.08},
                 {0.25, 0.08},
                 {0.24, 0.12},
                 {0.27, 0.17},
                 {0.245, 0.175},
                 {0.215, 0.135},
                 {0.19, 0.17},
                 {0.17, 0.155},
                 {0.205, 0.12}},
                white);
  sheet.rectangle(0.32, 0.085, 0.08, 0.03, white);
  sheet.polygon({{0.4, 0.05}, {0.46, 0.1}, {0.4, 0.15}}, white);
  Piece piece = facing(sheet, 1.12, kHeight - 0.16, 6.2);
  piece.glows = true;
  return piece;
}

Piece plate(Random& random) {
  static const std::array<std::string, 5> kTexts{"OFFICES", "STAIRS", "LIBRARY", "MEETING", "KITCHEN"};
  Sheet sheet(0.42, 0.3, kSignDensity, paints()[4]);
  const Colour white = colour(225, 228, 228);
  sheet.text(kTexts[random.below(kTexts.size())], 0.04, 0.11, 0.05, white);
  sheet.text(kTexts[random.below(kTexts.size())], 0.04, 0.21, 0.05, white);
  sheet.rectangle(0.04, 0.25, 0.34, 0.01, white);
  return facing(sheet, between(random, 0.03, 0.08), between(random, 1.72, 1.86), kBack - 0.02);
}

Piece clock(Random& random) {
  Sheet sheet(0.34, 0.34, kSignDensity);
  const cv::Point2d centre(0.17, 0.17);
  sheet.disc(centre, 0.165, paints()[3]);
  sheet.disc(centre, 0.145, colour(222, 226, 226));
  const auto hand = [&](double turn, double length, double width) {
    const double angle = 2 * CV_PI * turn;
    sheet.line(centre, centre + length * cv::Point2d(std::sin(angle), -std::cos(angle)), width, paints()[3]);
  };
  for (int hour = 0; hour < 12; ++hour) {
    const double angle = CV_PI * hour / 6;
    sheet.disc(centre + 0.125 * cv::Point2d(std::sin(angle), std::cos(angle)), 0.008, paints()[3]);
  }
  hand(random.uniform(), 0.075, 0.014);
  hand(random.uniform(), 0.11, 0.009);
  return facing(sheet, 0.08, 2.36, kBack - 0.02);
}

/// Beside a door on the right: a small name plate.
Piece name_plate(double z) {
  Sheet sheet(0.16, 0.2, kSignDensity, colour(210, 214, 212));
  sheet.rectangle(0.02, 0.03, 0.12, 0.05, paints()[4]);
  for (const double y : {0.11, 0.135, 0.16}) sheet.rectangle(0.02, y, 0.11, 0.01, paints()[3]);
  return {{{kRight - 0.01, 1.65, z}, {0, 0, -0.16}, {0, -0.2, 0}}, sheet.pixels(), false, {}};
}

Piece light_switch() {
  Sheet sheet(0.09, 0.14, kSignDensity, colour(214, 220, 222));
  sheet.rectangle(0.02, 0.03, 0.05, 0.08, colour(190, 196, 198));
  return facing(sheet, 0.4, 1.22, kBack - 0.01);
}

}  // namespace

Pieces signs(std::uint64_t seed) {
  Random random(mix_seed(seed, "signs"));
  Pieces made{name_plate(10.8), name_plate(7.9), name_plate(5.2), light_switch()};
  if (random.uniform() < 0.85) made.push_back(way_out());
  if (random.uniform() < 0.7) made.push_back(plate(random));
  if (random.uniform() < 0.5) made.push_back(clock(random));
  return made;
}

}  // namespace assay::scene
