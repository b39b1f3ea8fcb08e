#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kMachineWidth = 0.98, kMachineHeight = 1.84, kMachineDepth = 0.55;

void can(Sheet& front, double x, double foot, double height, const Colour& paint) {
  const double w = 0.075;
  front.rectangle(x, foot - height, w, height, paint);
  front.rectangle(x, foot - height, 0.02, height, shade(paint, 0.65));
  front.rectangle(x + 0.045, foot - height, 0.015, height, shade(paint, 1.45));
  front.rectangle(x + 0.01, foot - height - 0.02, w - 0.02, 0.025, colour(190, 194, 196));
  front.disc({x + w / 2, foot - 0.45 * height}, 0.022, colour(214, 218, 220));
}

void shelves(Sheet& front, Random& random) {
  front.rectangle(0.06, 0.16, 0.66, 1.28, paints()[3]);
  for (int shelf = 0; shelf < 5; ++shelf) {
    const double foot = 0.38 + 0.25 * shelf;
    const Colour row = any_paint(random);
    for (int i = 0; i < 6; ++i)
      can(front, 0.085 + 0.105 * i, foot, 0.16, random.uniform() < 0.6 ? row : any_paint(random));
    front.rectangle(0.06, foot, 0.66, 0.025, colour(176, 182, 186));
  }
}

void keypad(Sheet& front) {
  front.rectangle(0.77, 0.16, 0.16, 1.28, shade(paints()[0], 0.85));
  front.rectangle(0.79, 0.3, 0.12, 0.08, paints()[3]);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 3; ++x) front.rectangle(0.795 + 0.04 * x, 0.44 + 0.05 * y, 0.03, 0.035, paints()[3]);
  front.rectangle(0.82, 0.76, 0.06, 0.012, paints()[3]);
  front.rectangle(0.8, 0.9, 0.1, 0.14, paints()[2]);
}

}  // namespace

Pieces vending_machine(Random& random) {
  const Colour body = paints()[4];
  Sheet front(kMachineWidth, kMachineHeight, 340, body);
  front.rectangle(0.06, 0.03, 0.87, 0.1, shade(paints()[0], 0.95));
  front.text("SNACKS & DRINKS", 0.2, 0.105, 0.05, paints()[3]);
  shelves(front, random);
  keypad(front);
  front.rectangle(0.12, 1.52, 0.54, 0.2, paints()[3]);
  front.rectangle(0.14, 1.54, 0.5, 0.07, shade(paints()[3], 1.5));
  front.rectangle(0, kMachineHeight - 0.06, kMachineWidth, 0.06, paints()[3]);
  Pieces made =
      box({-kMachineWidth / 2, 0, -kMachineDepth}, {kMachineWidth / 2, kMachineHeight, 0}, body, random);
  Sheet gleam(kMachineWidth, kMachineHeight, 200);
  gleam.polygon({{0.5, 0.16}, {0.64, 0.16}, {0.3, 1.44}, {0.16, 1.44}}, {22, 22, 22, 26});
  made.push_back(facing(front, -kMachineWidth / 2, kMachineHeight, -kMachineDepth - 0.002));
  made.push_back(facing(gleam, -kMachineWidth / 2, kMachineHeight, -kMachineDepth - 0.004));
  return made;
}

}  // namespace assay::scene
