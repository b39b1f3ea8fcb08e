#pragma once

#include <opencv2/core.hpp>
#include <vector>

namespace assay::scene {

/// A panel in the ceiling, seen as a point.
struct Lamp {
  cv::Vec3d place;  // m
  double power = 1;
};

/// What falls on a surface of the building: lamps, light from all around, and less of it in corners.
struct Light {
  std::vector<Lamp> lamps;
  double ambient = 0.5;

  /// Factor on the colour of a surface at `point` with the unit normal `normal`; about 1 under a lamp.
  double at(const cv::Vec3d& point, const cv::Vec3d& normal) const;
};

}  // namespace assay::scene
