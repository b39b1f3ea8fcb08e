#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kWidth = 1.16, kHeight = 1.9, kDepth = 0.32, kBoard = 0.035, kShelf = 0.3;

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
  Sheet front(kWidth, kHeight, 340, shade(wood, 0.5));
  for (double foot = kHeight - 0.1; foot > 0.25; foot -= kShelf) {
    const double cut = between(random, 0.35, 0.85);
    row_of_books(front, kBoard, cut, foot, random);
    pile_of_books(front, cut + 0.02, foot, random);
    row_of_books(front, cut + 0.3, kWidth - kBoard, foot, random);
    front.rectangle(0, foot, kWidth, kBoard, wood);
  }
  for (const double x : {0.0, kWidth - kBoard}) front.rectangle(x, 0, kBoard, kHeight, shade(wood, 1.15));
  front.rectangle(0, 0, kWidth, kBoard, shade(wood, 1.2));
  front.rectangle(0, kHeight - 0.07, kWidth, 0.07, wood);
  Pieces made = box({-kWidth / 2, 0, -kDepth}, {kWidth / 2, kHeight, 0}, wood, random);
  made.push_back(facing(front, -kWidth / 2, kHeight, -kDepth - 0.002));
  return made;
}

}  // namespace assay::scene
