#pragma once

#include <optional>
#include <vector>

#include "harness/floors/sheet.h"

namespace assay::scene {

/// A rectangle in space, seen from its front: its upper left corner and its two edges, m.
struct Patch {
  cv::Vec3d corner, right, down;

  cv::Vec3d normal() const;  // unit length, towards who looks at the front
  cv::Vec3d centre() const { return corner + 0.5 * (right + down); }
};

/// A texture on a patch: all that a scene is made of. Seen from the front only.
struct Piece {
  Patch patch;
  cv::Mat texture;              // CV_8UC4 of a Sheet
  bool glows = false;           // shown as it is, without the light of the building
  std::optional<Patch> window;  // seen through this opening only
};
using Pieces = std::vector<Piece>;

/// Upright, facing the lift: `x` its left edge, `top` its upper edge, `z` its distance.
Piece facing(const Sheet& sheet, double x, double top, double z);
/// On the floor, `z` its far edge.
Piece lying(const Sheet& sheet, double x, double z);

/// A box between two corners, without its foot: `paint` with a fine grain.
Pieces box(const cv::Vec3d& low, const cv::Vec3d& high, const Colour& paint, Random& random,
           double density = 240);

/// Turned about the vertical axis by `yaw` (to the right seen from above) and moved.
Pieces placed(Pieces pieces, double yaw, const cv::Vec3d& place);

void append(Pieces& to, Pieces more);
/// Farthest first.
void sort_by_distance(Pieces& pieces, const cv::Vec3d& eye);

}  // namespace assay::scene
