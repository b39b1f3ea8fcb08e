#include "harness/floors/piece.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace assay::scene {

cv::Vec3d Patch::normal() const {
  return cv::normalize(right.cross(down));
}

Piece facing(const Sheet& sheet, double x, double top, double z) {
  return {{{x, top, z}, {sheet.width(), 0, 0}, {0, -sheet.height(), 0}}, sheet.pixels(), false, {}};
}

Piece lying(const Sheet& sheet, double x, double z) {
  return {{{x, 0, z}, {sheet.width(), 0, 0}, {0, 0, -sheet.height()}}, sheet.pixels(), false, {}};
}

Pieces box(const cv::Vec3d& low, const cv::Vec3d& high, const Colour& paint, Random& random, double density) {
  const double w = high[0] - low[0], h = high[1] - low[1], d = high[2] - low[2];
  const auto side = [&](double width, double height, const Patch& patch) {
    Sheet sheet(width, height, density, paint);
    sheet.grain(random, 0.02, 0.05);
    return Piece{patch, sheet.pixels(), false, {}};
  };
  return {side(w, h, {{high[0], high[1], high[2]}, {-w, 0, 0}, {0, -h, 0}}),
          side(d, h, {{low[0], high[1], high[2]}, {0, 0, -d}, {0, -h, 0}}),
          side(d, h, {{high[0], high[1], low[2]}, {0, 0, d}, {0, -h, 0}}),
          side(w, d, {{low[0], high[1], high[2]}, {w, 0, 0}, {0, 0, -d}}),
          side(w, h, {{low[0], high[1], low[2]}, {w, 0, 0}, {0, -h, 0}})};
}

Pieces placed(Pieces pieces, double yaw, const cv::Vec3d& place) {
  const double c = std::cos(yaw), s = std::sin(yaw);
  const cv::Matx33d turn(c, 0, s, 0, 1, 0, -s, 0, c);
  const auto move = [&](const Patch& patch) {
    return Patch{turn * patch.corner + place, turn * patch.right, turn * patch.down};
  };
  for (Piece& piece : pieces) {
    piece.patch = move(piece.patch);
    if (piece.window) piece.window = move(*piece.window);
  }
  return pieces;
}

void append(Pieces& to, Pieces more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void sort_by_distance(Pieces& pieces, const cv::Vec3d& eye) {
  std::stable_sort(pieces.begin(), pieces.end(), [&](const Piece& a, const Piece& b) {
    return cv::norm(a.patch.centre() - eye) > cv::norm(b.patch.centre() - eye);
  });
}

}  // namespace assay::scene
