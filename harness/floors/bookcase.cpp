#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kCaseWidth = 1.16, kCaseHeight = 1.9, kCaseDepth = 0.32, kBoard = 0.035, kShelf = 0.3;

/// Upright books from `x` to `to`, with their backs towards the viewer.
void row_of_books(Sheet& front, double x, double to, double foot, Random& random) {
  while (x < to - 0.02) {
    const double thick = std::min(to - x, between(random, 0.025, 0.06)), tall = between(random, 0.18, 0.27);
    const Colour cover = shade(any_paint(random), between(random, 0.8, 1.1));
    front.rectangle(x, foot - tall, thick, tall, cover);
    front.rectangle(x, foot - tall, 0.006, tall, shade(cover, 0.5));
    front.rectangle(x + 0.25 * thick, foot - 0.8 * tall, 0.5 * thick, 0.25 * tall, shade(cover, 1.45));
    front.rectangle(x + 0.1 * thick, foot - 0.15 * tall, 0.8 * thick, 0.012, shade(cover, 1.4));
    x += thick;
  }
}

/// Books lying on each other.
void pile_of_books(Sheet& front, double x, double foot, Random& random) {
  for (int i = 0; i < 4; ++i) {
    const double high = between(random, 0.03, 0.055);
    foot -= high;
    front.rectangle(x + between(random, 0, 0.03), foot, between(random, 0.2, 0.24), high - 0.006,
                    any_paint(random));
  }
}

}  // namespace

Pieces bookcase(Random& random) {
  const Colour wood = paints()[2];
  Sheet front(kCaseWidth, kCaseHeight, 340, shade(wood, 0.5));
  for (double foot = kCaseHeight - 0.1; foot > 0.25; foot -= kShelf) {
    const double cut = between(random, 0.35, 0.85);
    row_of_books(front, kBoard, cut, foot, random);
    pile_of_books(front, cut + 0.02, foot, random);
    row_of_books(front, cut + 0.3, kCaseWidth - kBoard, foot, random);
    front.rectangle(0, foot, kCaseWidth, kBoard, wood);
  }
  for (const double x : {0.0, kCaseWidth - kBoard})
    front.rectangle(x, 0, kBoard, kCaseHeight, shade(wood, 1.15));
  front.rectangle(0, 0, kCaseWidth, kBoard, shade(wood, 1.2));
  front.rectangle(0, kCaseHeight - 0.07, kCaseWidth, 0.07, wood);
  Pieces made = box({-kCaseWidth / 2, 0, -kCaseDepth}, {kCaseWidth / 2, kCaseHeight, 0}, wood, random);
  made.push_back(facing(front, -kCaseWidth / 2, kCaseHeight, -kCaseDepth - 0.002));
  return made;
}

}  // namespace assay::scene
