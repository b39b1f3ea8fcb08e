#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kDoorWidth = 1.34, kDoorHeight = 2.14, kFrame = 0.07, kHall = 7;

Piece as_is(Piece piece, const Patch& window) {
  piece.glows = true;
  piece.window = window;
  return piece;
}

Sheet hall_wall(Random& random) {
  Sheet sheet(kHall, 2.6, 130, shade(paints()[0], 0.8));
  sheet.rectangle(0, 1.7, kHall, 0.9, shade(paints()[4], 0.9));
  for (double x = 0.6; x < kHall; x += 1.7) {
    sheet.rectangle(x, 0.5, 0.95, 2.1, shade(paints()[2], 0.9));
    sheet.rectangle(x + 0.06, 0.56, 0.83, 2.04, shade(paints()[1], 0.9));
  }
  sheet.grain(random, 0.03, 0.05);
  return sheet;
}

/// Behind the wall: floor, ceiling with lamps, a wall on either side with doors, and the end.
Pieces hallway(Random& random, const Patch& window) {
  constexpr double kHalf = 1.15, kTop = 2.6;
  Sheet floor(2 * kHalf, kHall, 130, shade(paints()[3], 1.2)),
      top(2 * kHalf, kHall, 100, shade(paints()[0], 0.75)),
      end(2 * kHalf, kTop, 130, shade(paints()[0], 0.7)), left = hall_wall(random), right = hall_wall(random);
  for (int y = 0; y * 0.5 < kHall; ++y)
    for (int x = y % 2; x * 0.5 < 2 * kHalf; x += 2)
      floor.rectangle(x * 0.5, y * 0.5, 0.5, 0.5, shade(paints()[0], 0.72));
  for (double y = 0.8; y < kHall; y += 1.8) top.rectangle(0.85, y, 0.6, 0.9, colour(248, 252, 252));
  end.rectangle(0.6, 0.7, 1.1, 1.9, paints()[2]);
  end.rectangle(0.72, 0.85, 0.86, 0.8, colour(236, 232, 224));
  left.gradient(1, 0.7, false);
  right.gradient(0.8, 1.1, false);
  return {as_is({{{-kHalf, 0, kHall}, {2 * kHalf, 0, 0}, {0, 0, -kHall}}, floor.pixels(), true, {}}, window),
          as_is({{{-kHalf, kTop, 0}, {2 * kHalf, 0, 0}, {0, 0, kHall}}, top.pixels(), true, {}}, window),
          as_is(facing(end, -kHalf, kTop, kHall), window),
          as_is({{{-kHalf, kTop, 0}, {0, 0, kHall}, {0, -kTop, 0}}, left.pixels(), true, {}}, window),
          as_is({{{kHalf, kTop, kHall}, {0, 0, -kHall}, {0, -kTop, 0}}, right.pixels(), true, {}}, window)};
}

/// Two leaves: metal around panes, a bar to push, and what the panes reflect.
Sheet leaves() {
  Sheet sheet(kDoorWidth, kDoorHeight, 340);
  const Colour metal = paints()[3], bright = colour(186, 190, 192), gleam{26, 26, 26, 30};
  sheet.polygon({{0.2, 0.1}, {0.45, 0.1}, {0.2, 1.1}, {0.1, 1.1}}, gleam);
  sheet.polygon({{1.05, 0.3}, {1.25, 0.3}, {0.85, 1.9}, {0.75, 1.9}}, gleam);
  sheet.rectangle(0, 0, kDoorWidth, kFrame, metal);
  sheet.rectangle(0, kDoorHeight - 0.12, kDoorWidth, 0.12, metal);
  for (const double x : {0.0, kDoorWidth / 2 - kFrame, kDoorWidth / 2, kDoorWidth - kFrame})
    sheet.rectangle(x, 0, kFrame, kDoorHeight, metal);
  sheet.rectangle(kDoorWidth / 2 - 0.006, 0, 0.012, kDoorHeight, shade(metal, 0.5));
  for (const double x : {0.09, kDoorWidth / 2 + 0.09}) {
    sheet.rectangle(x, 1.06, kDoorWidth / 2 - 0.18, 0.05, bright);
    sheet.rectangle(x, 1.1, kDoorWidth / 2 - 0.18, 0.02, shade(bright, 0.6));
  }
  for (const double x : {0.1, kDoorWidth / 2 + 0.1})
    for (int i = 0; i < 6; ++i) sheet.rectangle(x + 0.08 * i, 0.62, 0.05, 0.05, bright);
  return sheet;
}

}  // namespace

Pieces glass_door(Random& random) {
  const Patch opening{{-kDoorWidth / 2, kDoorHeight, 0}, {kDoorWidth, 0, 0}, {0, -kDoorHeight, 0}};
  Pieces made = hallway(random, opening);
  made.push_back(facing(leaves(), -kDoorWidth / 2, kDoorHeight, 0));
  return made;
}

}  // namespace assay::scene
