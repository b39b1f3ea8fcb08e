#include "harness/floors/objects.h"

namespace assay::scene {
namespace {

constexpr double kBoardWidth = 1.5, kBoardHeight = 1.16, kTop = 2.02;

cv::Point2d turned(double x, double y, double angle) {
  return {x * std::cos(angle) - y * std::sin(angle), x * std::sin(angle) + y * std::cos(angle)};
}

/// A sheet of paper with a heading, lines of text and perhaps a picture, pinned at its upper edge.
void pin_up(Sheet& board, cv::Point2d centre, double width, double height, Random& random) {
  const double angle = between(random, -0.16, 0.16);
  const Colour paper = random.uniform() < 0.6 ? colour(214, 222, 224) : shade(any_paint(random), 1.35);
  const auto patch = [&](double x, double y, double w, double h, const Colour& paint) {
    std::vector<cv::Point2d> corners;
    for (const auto& [u, v] : {std::pair{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}})
      corners.push_back(centre + turned((u - 0.5) * width, (v - 0.5) * height, angle));
    board.polygon(corners, paint);
  };
  patch(0.03, 0.03, 1, 1, shade(paints()[2], 0.8));
  patch(0, 0, 1, 1, paper);
  patch(0.12, 0.1, between(random, 0.4, 0.75), 0.08, paints()[3]);
  const bool picture = random.uniform() < 0.45;
  if (picture) patch(0.12, 0.25, 0.76, 0.36, any_paint(random));
  for (double y = picture ? 0.68 : 0.27; y < 0.92; y += 0.085)
    patch(0.12, y, between(random, 0.5, 0.76), 0.03, shade(paints()[3], 1.5));
  board.disc(centre + turned(0, -0.43 * height, angle), 0.014, paints()[6]);
}

}  // namespace

Pieces notice_board(Random& random) {
  Sheet board(kBoardWidth, kBoardHeight, 340, paints()[1]);
  board.grain(random, 0.1, 0.012);
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 5; ++column) {
      const double width = between(random, 0.19, 0.27), height = between(random, 0.25, 0.35);
      pin_up(board,
             {0.2 + 0.275 * column + between(random, -0.03, 0.03),
              0.23 + 0.35 * row + between(random, -0.03, 0.03)},
             width, height, random);
    }
  const Colour frame = paints()[3];
  board.rectangle(0, 0, kBoardWidth, 0.045, frame);
  board.rectangle(0, kBoardHeight - 0.045, kBoardWidth, 0.045, frame);
  board.rectangle(0, 0, 0.045, kBoardHeight, frame);
  board.rectangle(kBoardWidth - 0.045, 0, 0.045, kBoardHeight, frame);
  Pieces made =
      box({-kBoardWidth / 2, kTop - kBoardHeight, -0.06}, {kBoardWidth / 2, kTop, 0}, frame, random);
  made.push_back(facing(board, -kBoardWidth / 2, kTop, -0.062));
  return made;
}

}  // namespace assay::scene
