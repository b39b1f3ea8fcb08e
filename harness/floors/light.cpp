#include "harness/floors/light.h"

#include <algorithm>
#include <cmath>

#include "harness/floors/building.h"

namespace assay::scene {
namespace {

/// Light that a wall at a distance takes from a surface which is not parallel to it.
double corner(double distance, double parallel) {
  return std::abs(parallel) > 0.7 ? 1 : 1 - 0.33 * std::exp(-std::max(0.0, distance) / 0.22);
}

double openness(const cv::Vec3d& p, const cv::Vec3d& n) {
  const double wall = p[0] < kCorner ? kBack - p[2] : kEnd - p[2];
  const double left = p[2] < kBack ? p[0] - kLeft : p[0] - kCorner;
  return corner(p[1], n[1]) * corner(kHeight - p[1], n[1]) * corner(wall, n[2]) * corner(left, n[0]) *
         corner(kRight - p[0], n[0]);
}

}  // namespace

double Light::at(const cv::Vec3d& point, const cv::Vec3d& normal) const {
  double sum = ambient * (1 - 0.12 * normal[1]);
  for (const Lamp& lamp : lamps) {
    const cv::Vec3d way = lamp.place - point;
    const double distance = std::max(0.05, cv::norm(way));
    const double facing = std::max(0.0, normal.dot(way)) / distance, below = std::max(0.0, way[1]) / distance;
    sum += lamp.power * facing * (0.25 + 0.75 * below) / (distance * distance + 0.8);
  }
  return sum * openness(point, normal);
}

}  // namespace assay::scene
