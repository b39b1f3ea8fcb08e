#include "harness/floors/corridor.h"

#include <array>
#include <cmath>
#include <opencv2/core.hpp>

#include "harness/floors/building.h"

namespace assay::scene {
namespace {

constexpr double kDensity = 140;  // px a metre, for what is large
constexpr double kRail = 0.98;    // height of the painted part of the walls, m

/// The paints of one view: those of every floor, a little lighter or darker.
struct Tones {
  Colour wall, dado, tile;
};

Tones tones(Random& random) {
  const auto about = [&](double b, double g, double r) {
    return shade(colour(b, g, r), between(random, 0.96, 1.04));
  };
  return {about(186, 200, 206), about(134, 148, 146), about(138, 150, 156)};
}

void draw_tiles(Sheet& sheet, const Colour& tile, Random& random) {
  constexpr double kTile = 0.5, kJoint = 0.012;
  const double left = -between(random, 0, kTile), top = -between(random, 0, kTile);
  for (double y = top; y < sheet.height(); y += kTile)
    for (double x = left; x < sheet.width(); x += kTile)
      sheet.rectangle(x, y, kTile - kJoint, kTile - kJoint, shade(tile, between(random, 0.93, 1.05)));
}

Piece floor(const Tones& tones, Random& random) {
  Sheet sheet(kRight - kLeft, kEnd - kNear, kDensity, shade(tones.tile, 0.62));
  draw_tiles(sheet, tones.tile, random);
  sheet.grain(random, 0.05, 0.5);
  sheet.grain(random, 0.05, 0.02);
  return lying(sheet, kLeft, kEnd);
}

/// A wall with its painted lower part, rail and skirting.
Sheet wall(double width, const Tones& tones, Random& random) {
  Sheet sheet(width, kHeight, kDensity, tones.wall);
  sheet.rectangle(0, kHeight - kRail, width, kRail, tones.dado);
  sheet.grain(random, 0.015, 0.7);
  sheet.grain(random, 0.012, 0.015);
  sheet.rectangle(0, kHeight - kRail - 0.06, width, 0.07, paints()[1]);
  sheet.line({0, kHeight - kRail + 0.015}, {width, kHeight - kRail + 0.015}, 0.008, shade(tones.dado, 0.6));
  sheet.rectangle(0, kHeight - 0.11, width, 0.11, paints()[3]);
  return sheet;
}

Piece ceiling(Random& random) {
  const double width = kRight - kLeft, length = kEnd - kNear;
  Sheet sheet(width, length, 100, colour(196, 202, 202));
  sheet.grain(random, 0.03, 0.03);
  for (double x = 0.3; x < width; x += 0.6) sheet.line({x, 0}, {x, length}, 0.02, colour(168, 172, 172));
  for (double y = 0.25; y < length; y += 0.6) sheet.line({0, y}, {width, y}, 0.02, colour(168, 172, 172));
  return {{{kLeft, kHeight, kNear}, {width, 0, 0}, {0, 0, length}}, sheet.pixels(), false, {}};
}

/// Two tubes behind a diffuser.
Piece panel(const Lamp& lamp) {
  const double on = 0.55 + 0.45 * std::min(1.0, lamp.power / 2.2);
  Sheet sheet(0.56, 1.16, 160, shade(colour(205, 212, 212), on));
  for (const double x : {0.16, 0.40}) {
    sheet.rectangle(x - 0.09, 0.05, 0.18, 1.06, shade(colour(232, 240, 242), on));
    sheet.rectangle(x - 0.045, 0.05, 0.09, 1.06, shade(colour(252, 255, 255), on));
  }
  return {
      {lamp.place + cv::Vec3d(-0.28, -0.004, -0.58), {0.56, 0, 0}, {0, 0, 1.16}}, sheet.pixels(), true, {}};
}

Light light(Random& random) {
  constexpr std::array<std::array<double, 2>, 6> kPlaces{
      {{1.4, 12.0}, {1.4, 9.3}, {1.4, 6.6}, {1.4, 3.9}, {-0.75, 3.4}, {-0.75, 1.5}}};
  Light light;
  light.ambient = between(random, 0.5, 0.6);
  for (const auto& [x, z] : kPlaces) light.lamps.push_back({{x, kHeight, z}, between(random, 1.4, 2.4)});
  return light;
}

/// The far end: a window with daylight.
Piece end_wall(const Tones& tones, Random& random) {
  Sheet sheet = wall(kRight - kCorner, tones, random);
  sheet.rectangle(0.28, 0.75, 1.08, 1.25, paints()[0]);
  for (const double x : {0.34, 0.84}) sheet.rectangle(x, 0.81, 0.46, 1.13, colour(250, 244, 232));
  return facing(sheet, kCorner, kHeight, kEnd);
}

/// Towards the viewer on the left: `from` and `to` are distances.
Piece left_wall(double x, double from, double to, const std::vector<double>& doors, const Tones& tones,
                Random& random) {
  Sheet sheet = wall(to - from, tones, random);
  for (const double z : doors) {
    const Sheet leaf = door(random);
    const cv::Rect at(cvRound((z - from) * kDensity), sheet.pixels().rows - leaf.pixels().rows,
                      leaf.pixels().cols, leaf.pixels().rows);
    leaf.pixels().copyTo(sheet.pixels()(at));
  }
  return {{{x, kHeight, from}, {0, 0, to - from}, {0, -kHeight, 0}}, sheet.pixels(), false, {}};
}

/// A left wall seen from its other side.
Piece right_wall(double x, double from, double to, const std::vector<double>& doors, const Tones& tones,
                 Random& random) {
  Piece piece = left_wall(x, from, to, doors, tones, random);
  cv::flip(piece.texture, piece.texture, 1);
  piece.patch.corner += piece.patch.right;
  piece.patch.right *= -1;
  return piece;
}

}  // namespace

Sheet door(Random& random) {
  Sheet sheet(0.98, 2.12, kDensity, paints()[3]);
  const Colour leaf = shade(paints()[1], between(random, 0.94, 1.04));
  sheet.rectangle(0.07, 0.07, 0.84, 2.05, leaf);
  sheet.fibres(random, 0.05, true);
  sheet.rectangle(0.62, 0.25, 0.14, 0.8, shade(leaf, 0.55));
  sheet.rectangle(0.635, 0.265, 0.11, 0.77, colour(150, 150, 140));
  sheet.rectangle(0.14, 1.05, 0.035, 0.16, colour(190, 195, 198));
  sheet.rectangle(0.14, 1.08, 0.12, 0.022, colour(215, 220, 222));
  sheet.rectangle(0.07, 1.9, 0.84, 0.2, shade(colour(160, 164, 166), 0.9));
  return sheet;
}

Corridor corridor(std::uint64_t seed) {
  Random random(mix_seed(seed, "corridor"));
  const Tones paint = tones(random);
  Corridor made{light(random), floor(paint, random), {}};
  made.walls.push_back(ceiling(random));
  for (const Lamp& lamp : made.light.lamps) made.walls.push_back(panel(lamp));
  made.walls.push_back(end_wall(paint, random));
  made.walls.push_back(left_wall(kCorner, kBack, kEnd, {6.2, 9.4}, paint, random));
  made.walls.push_back(right_wall(kRight, kNear, kEnd, {5.3, 8.0, 10.9}, paint, random));
  made.walls.push_back(facing(wall(kCorner - kLeft, paint, random), kLeft, kHeight, kBack));
  made.walls.push_back(left_wall(kLeft, kNear, kBack, {3.25}, paint, random));
  append(made.walls, signs(seed));
  return made;
}

}  // namespace assay::scene
