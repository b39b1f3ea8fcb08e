#include "harness/floors/furniture.h"

#include <array>
#include <cmath>

#include "harness/floors/building.h"

namespace assay::scene {
namespace {

// Every item stands on (0, 0, 0) and faces the lift.

Pieces chair(Random& random) {
  const Colour cloth = any_paint(random), frame = paints()[3];
  Pieces made;
  for (const double x : {-0.21, 0.18})
    for (const double z : {0.16, -0.2})
      append(made, box({x, 0, z}, {x + 0.03, 0.43, z + 0.03}, frame, random));
  append(made, box({-0.22, 0.43, -0.21}, {0.22, 0.48, 0.2}, cloth, random));
  append(made, box({-0.21, 0.6, 0.17}, {0.21, 0.88, 0.2}, cloth, random));
  for (const double x : {-0.19, 0.16})
    append(made, box({x, 0.48, 0.18}, {x + 0.03, 0.6, 0.2}, frame, random));
  return made;
}

Pieces bench(Random& random) {
  Pieces made;
  for (const double x : {-0.5, 0.42})
    append(made, box({x, 0, -0.16}, {x + 0.08, 0.4, 0.16}, paints()[3], random));
  for (const double z : {0.07, -0.07, -0.2})
    append(made, box({-0.6, 0.4, z}, {0.6, 0.44, z + 0.12}, paints()[1], random));
  return made;
}

Pieces bin(Random& random) {
  const double height = between(random, 0.5, 0.75), radius = 0.17;
  Sheet sheet(2 * radius, height, 300);
  const Colour paint = any_paint(random);
  sheet.polygon({{0, 0.05},
                 {2 * radius, 0.05},
                 {2 * radius - 0.03, height - 0.01},
                 {radius, height},
                 {0.03, height - 0.01}},
                paint);
  for (double y = 0.12; y < height - 0.05; y += 0.05)
    sheet.line({0.02, y}, {2 * radius - 0.02, y}, 0.008, shade(paint, 0.8));
  sheet.rectangle(0, 0.03, 2 * radius, 0.05, shade(paint, 1.15));
  sheet.gradient(0.75, 1.1, false);
  sheet.polygon({{0, 0.05},
                 {0.06, 0.015},
                 {radius, 0},
                 {2 * radius - 0.06, 0.015},
                 {2 * radius, 0.05},
                 {2 * radius - 0.06, 0.07},
                 {radius, 0.08},
                 {0.06, 0.07}},
                colour(48, 48, 48));
  return {facing(sheet, -radius, height, 0)};
}

Pieces boxes(Random& random) {
  Pieces made;
  double y = 0;
  const int count = 1 + static_cast<int>(random.below(3));
  for (int i = 0; i < count; ++i) {
    const double w = between(random, 0.15, 0.2), h = between(random, 0.18, 0.3),
                 d = between(random, 0.14, 0.18);
    Pieces one = box({-w, y, -d}, {w, y + h, d}, shade(paints()[1], between(random, 0.95, 1.1)), random);
    Sheet tape(0.05, h, 300, colour(150, 178, 196));
    one.push_back(facing(tape, between(random, -0.06, 0.02), y + h, -d - 0.002));
    append(made, placed(std::move(one), between(random, -0.2, 0.2), {0, 0, 0}));
    y += h;
  }
  return made;
}

Pieces table(Random& random) {
  Pieces made;
  for (const double x : {-0.27, 0.23})
    for (const double z : {0.17, -0.21})
      append(made, box({x, 0, z}, {x + 0.04, 0.66, z + 0.04}, paints()[2], random));
  append(made, box({-0.3, 0.66, -0.24}, {0.3, 0.7, 0.24}, paints()[1], random));
  append(made,
         box({-0.15, 0.7, -0.1}, {0.08, 0.7 + between(random, 0.02, 0.12), 0.1}, any_paint(random), random));
  return made;
}

/// A folding board that warns of a wet floor.
Pieces warning(Random& random) {
  Sheet sheet(0.32, 0.62, 300);
  const Colour paint = shade(paints()[7], between(random, 0.95, 1.2));
  sheet.polygon(
      {{0.07, 0}, {0.25, 0}, {0.32, 0.62}, {0.27, 0.62}, {0.24, 0.54}, {0.08, 0.54}, {0.05, 0.62}, {0, 0.62}},
      paint);
  sheet.polygon({{0.16, 0.12}, {0.23, 0.26}, {0.09, 0.26}}, paints()[3]);
  sheet.polygon({{0.16, 0.16}, {0.2, 0.245}, {0.12, 0.245}}, paint);
  for (const double y : {0.32, 0.37, 0.42}) sheet.rectangle(0.09, y, 0.14, 0.02, paints()[3]);
  return {facing(sheet, -0.16, 0.6, 0)};
}

using Item = Pieces (*)(Random&);
constexpr std::array<Item, 6> kItems{chair, bin, boxes, table, warning, bench};
constexpr std::array<Item, 3> kSmall{bin, boxes, warning};

/// Soft, on the floor around (0, 0, 0).
Piece shadow(double half_width, double half_depth) {
  Sheet sheet(2 * half_width, 2 * half_depth, 60);
  for (int y = 0; y < sheet.pixels().rows; ++y)
    for (int x = 0; x < sheet.pixels().cols; ++x) {
      const double u = 2 * (x + 0.5) / sheet.pixels().cols - 1, v = 2 * (y + 0.5) / sheet.pixels().rows - 1;
      const double away = std::max(0.0, 1 - std::pow(std::pow(u, 4) + std::pow(v, 4), 0.5));
      sheet.pixels().at<cv::Vec4b>(y, x) = {0, 0, 0, cv::saturate_cast<uchar>(130 * away)};
    }
  return lying(sheet, -half_width, half_depth);
}

Piece extinguisher(double x, double z) {
  Sheet sheet(0.2, 0.56, 340);
  const Colour red = shade(paints()[6], 0.95);
  sheet.polygon({{0.03, 0.14}, {0.06, 0.1}, {0.14, 0.1}, {0.17, 0.14}, {0.17, 0.55}, {0.03, 0.55}}, red);
  sheet.gradient(0.75, 1.15, false);
  sheet.rectangle(0.045, 0.26, 0.11, 0.14, colour(205, 210, 214));
  for (const double y : {0.29, 0.32, 0.35}) sheet.rectangle(0.06, y, 0.08, 0.012, paints()[3]);
  sheet.rectangle(0.085, 0.05, 0.03, 0.06, paints()[3]);
  sheet.polygon({{0.05, 0.03}, {0.17, 0.0}, {0.17, 0.025}, {0.05, 0.055}}, paints()[3]);
  sheet.line({0.09, 0.07}, {0.02, 0.18}, 0.016, paints()[3]);
  sheet.line({0.02, 0.18}, {0.02, 0.36}, 0.016, paints()[3]);
  return facing(sheet, x, 1.0, z);
}

struct Slot {
  double x, z;  // m
  double yaw;   // of an item that turns its back to the wall
  bool small;   // no room for more
};
constexpr std::array<Slot, 5> kSlots{{{-1.88, 4.2, -0.5, false},
                                      {-1.98, 3.1, -1.5, false},
                                      {0.3, 4.5, 0, true},
                                      {1.8, 4.75, 1.5, false},
                                      {1.82, 7.3, 1.5, false}}};

}  // namespace

Pieces furniture(std::uint64_t seed, const cv::Vec3d& eye) {
  Random random(mix_seed(seed, "furniture"));
  Pieces shadows, items;
  for (const Slot& slot : kSlots) {
    if (random.uniform() > 0.7) continue;
    const Item item = slot.small ? kSmall[random.below(kSmall.size())] : kItems[random.below(kItems.size())];
    const bool flat = item == bin || item == warning;
    const double yaw = flat ? between(random, -0.1, 0.1) : slot.yaw + between(random, -0.15, 0.15);
    const cv::Vec3d place(slot.x + between(random, -0.05, 0.05), 0, slot.z + between(random, -0.1, 0.1));
    shadows.push_back(std::move(placed({shadow(item == bench ? 0.8 : 0.42, 0.42)}, yaw, place).front()));
    append(items, placed(item(random), yaw, place));
  }
  if (random.uniform() < 0.5) items.push_back(extinguisher(0.3, kBack - 0.05));
  sort_by_distance(items, eye);
  append(shadows, std::move(items));
  return shadows;
}

}  // namespace assay::scene
