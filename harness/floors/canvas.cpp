#include "harness/floors/canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace assay::scene {
namespace {

/// A pixel of the sheet over one of the picture; true when something of it shows.
bool blend(const cv::Vec4b& over, cv::Vec3b& under) {
  if (over[3] == 0) return false;
  if (over[3] == 255) {
    under = {over[0], over[1], over[2]};
    return true;
  }
  const int left = 255 - over[3];
  for (int c = 0; c < 3; ++c) under[c] = cv::saturate_cast<uchar>(over[c] + (under[c] * left + 127) / 255);
  return true;
}

/// Between the four texels around a place, in 1/64 of a texel.
cv::Vec4b sample(const cv::Mat& texture, double x, double y) {
  constexpr int kPlaces = 6, kOne = 1 << kPlaces;
  const int fx = std::clamp(static_cast<int>(x * kOne), 0, (texture.cols - 1) * kOne - 1),
            fy = std::clamp(static_cast<int>(y * kOne), 0, (texture.rows - 1) * kOne - 1);
  const int column = fx >> kPlaces, row = fy >> kPlaces, u = fx & (kOne - 1), v = fy & (kOne - 1);
  const auto *above = texture.ptr<cv::Vec4b>(row) + column, *below = texture.ptr<cv::Vec4b>(row + 1) + column;
  cv::Vec4b value;
  for (int c = 0; c < 4; ++c)
    value[c] = static_cast<uchar>(((above[0][c] * (kOne - u) + above[1][c] * u) * (kOne - v) +
                                   (below[0][c] * (kOne - u) + below[1][c] * u) * v + kOne * kOne / 2) >>
                                  (2 * kPlaces));
  return value;
}

cv::Mat inside(const std::vector<cv::Point2f>& corners, const cv::Rect& roi) {
  constexpr int kShift = 4;
  std::vector<cv::Point> points;
  for (const cv::Point2f& corner : corners)
    points.emplace_back(cvRound((corner.x - static_cast<float>(roi.x)) * (1 << kShift)),
                        cvRound((corner.y - static_cast<float>(roi.y)) * (1 << kShift)));
  cv::Mat mask(roi.size(), CV_8U, cv::Scalar(0));
  cv::fillConvexPoly(mask, points, 255, cv::LINE_8, kShift);
  return mask;
}

/// The texture with hardly more pixels than it covers in the picture, so that nothing of it is skipped.
cv::Mat fitted(const cv::Mat& texture, const std::vector<cv::Point2f>& c) {
  const double across = std::max(cv::norm(c[1] - c[0]), cv::norm(c[2] - c[3])),
               down = std::max(cv::norm(c[3] - c[0]), cv::norm(c[2] - c[1]));
  const auto enough = [](double shown, int has) {
    return shown * 1.4 > has ? has : std::max(2, static_cast<int>(std::ceil(shown)));
  };
  const cv::Size size(enough(across, texture.cols), enough(down, texture.rows));
  if (size == texture.size()) return texture;
  cv::Mat smaller;
  cv::resize(texture, smaller, size, 0, 0, cv::INTER_AREA);
  return smaller;
}

Piece part(const Piece& piece, bool across, bool second) {
  Piece half = piece;
  cv::Vec3d& edge = across ? half.patch.right : half.patch.down;
  const int all = across ? piece.texture.cols : piece.texture.rows, cut = all / 2;
  const double share = static_cast<double>(cut) / all;
  if (second) half.patch.corner += share * edge;
  edge *= second ? 1 - share : share;
  const cv::Range range = second ? cv::Range(cut, all) : cv::Range(0, cut);
  half.texture = across ? piece.texture.colRange(range) : piece.texture.rowRange(range);
  return half;
}

}  // namespace

Canvas::Canvas(Camera camera, Light light)
    : camera_(std::move(camera)),
      light_(std::move(light)),
      picture_(camera_.size(), CV_8UC3, cv::Scalar(40, 40, 40)),
      marks_(camera_.size(), CV_8U, cv::Scalar(0)) {}

std::vector<cv::Point2f> Canvas::corners_of(const Patch& patch) const {
  std::vector<cv::Point2f> corners;
  for (const cv::Vec3d& point : {patch.corner, patch.corner + patch.right,
                                 patch.corner + patch.right + patch.down, patch.corner + patch.down})
    corners.emplace_back(camera_.project(point));
  return corners;
}

/// Light on a piece [rows,columns] CV_32F: looked up at knots from edge to edge, straight between them.
cv::Mat Canvas::light_on(const Patch& patch, cv::Size size) const {
  const auto knots = [](double edge) { return std::clamp(static_cast<int>(edge / 0.12), 2, 60); };
  cv::Mat grid(knots(cv::norm(patch.down)), knots(cv::norm(patch.right)), CV_32F), light;
  for (int y = 0; y < grid.rows; ++y)
    for (int x = 0; x < grid.cols; ++x)
      grid.at<float>(y, x) = static_cast<float>(
          light_.at(patch.corner + x / (grid.cols - 1.0) * patch.right + y / (grid.rows - 1.0) * patch.down,
                    patch.normal()));
  const double across = (grid.cols - 1.0) / size.width, down = (grid.rows - 1.0) / size.height;
  const cv::Matx23d to_grid(across, 0, across / 2, 0, down, down / 2);
  cv::warpAffine(grid, light, to_grid, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return light;
}

cv::Mat Canvas::lit(const Piece& piece, const cv::Mat& texture) const {
  if (piece.glows) return texture;
  const cv::Mat light = light_on(piece.patch, texture.size());
  cv::Mat shown(texture.size(), CV_8UC4);
  for (int y = 0; y < texture.rows; ++y) {
    const auto* from = texture.ptr<cv::Vec4b>(y);
    const auto* by = light.ptr<float>(y);
    auto* to = shown.ptr<cv::Vec4b>(y);
    for (int x = 0; x < texture.cols; ++x) {
      for (int c = 0; c < 3; ++c) to[x][c] = cv::saturate_cast<uchar>(from[x][c] * by[x]);
      to[x][3] = from[x][3];
    }
  }
  return shown;
}

void Canvas::draw(const Piece& piece, const std::vector<cv::Point2f>& corners, bool marked) {
  const cv::Rect all({0, 0}, picture_.size()), box = cv::boundingRect(corners);
  const cv::Rect roi = cv::Rect(box.x - 1, box.y - 1, box.width + 2, box.height + 2) & all;
  if (roi.empty()) return;
  const cv::Mat texture = lit(piece, fitted(piece.texture, corners));
  const auto right = static_cast<float>(texture.cols) - 0.5F, foot = static_cast<float>(texture.rows) - 0.5F;
  std::vector<cv::Point2f> to;
  for (const cv::Point2f& corner : corners)
    to.emplace_back(corner.x - static_cast<float>(roi.x), corner.y - static_cast<float>(roi.y));
  const std::vector<cv::Point2f> from{{-0.5F, -0.5F}, {right, -0.5F}, {right, foot}, {-0.5F, foot}};
  cv::Mat mask = inside(corners, roi);
  if (piece.window) mask &= inside(corners_of(*piece.window), roi);
  const cv::Matx33d back = cv::getPerspectiveTransform(to, from);
  for (int y = 0; y < roi.height; ++y) {
    const auto* drawn = mask.ptr<uchar>(y);
    auto* pixel = picture_.ptr<cv::Vec3b>(roi.y + y) + roi.x;
    auto* mark = marks_.ptr<uchar>(roi.y + y) + roi.x;
    const double u = back(0, 1) * y + back(0, 2), v = back(1, 1) * y + back(1, 2),
                 w = back(2, 1) * y + back(2, 2);
    for (int x = 0; x < roi.width; ++x) {
      if (drawn[x] == 0) continue;
      const double scale = 1 / (back(2, 0) * x + w);
      const cv::Vec4b over = sample(texture, (back(0, 0) * x + u) * scale, (back(1, 0) * x + v) * scale);
      if (blend(over, pixel[x]) && (marked || over[3] == 255)) mark[x] = marked ? 255 : 0;
    }
  }
}

/// Long pieces are cut where their far end is much smaller than the near one: each part is fitted by itself.
void Canvas::paste_part(const Piece& piece, bool marked, int depth) {
  const Patch& p = piece.patch;
  const auto stretch = [&](const cv::Vec3d& edge) {
    const double a = camera_.depth(p.corner), b = camera_.depth(p.corner + edge);
    return std::max(a, b) / std::min(a, b);
  };
  const bool across = stretch(p.right) > stretch(p.down);
  if (depth < 5 && std::min(piece.texture.rows, piece.texture.cols) > 64 &&
      stretch(across ? p.right : p.down) > 1.35) {
    paste_part(part(piece, across, false), marked, depth + 1);
    paste_part(part(piece, across, true), marked, depth + 1);
    return;
  }
  draw(piece, corners_of(p), marked);
}

void Canvas::paste(const Piece& piece, bool marked) {
  if (piece.patch.normal().dot(camera_.eye() - piece.patch.corner) > 0) paste_part(piece, marked, 0);
}

void Canvas::paste(const Pieces& pieces, bool marked) {
  for (const Piece& piece : pieces) paste(piece, marked);
}

void Canvas::reflect(const cv::Mat& mirrored, double share) {
  cv::Mat soft;
  cv::GaussianBlur(mirrored, soft, {0, 0}, 0.004 * mirrored.cols, 0.012 * mirrored.cols);
  cv::resize(soft, soft, picture_.size(), 0, 0, cv::INTER_LINEAR);
  cv::addWeighted(picture_, 1 - share, soft, share, 0, picture_);
}

}  // namespace assay::scene
