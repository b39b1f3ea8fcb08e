#pragma once

#include <opencv2/core.hpp>

namespace assay::scene {

/// A pinhole camera. World: metres, x to the right, y up, z away from the lift; pixels: x right, y down.
class Camera {
 public:
  /// Angles in radians: yaw turns to the right, pitch up, roll clockwise. `focal` in px.
  Camera(cv::Vec3d eye, double yaw, double pitch, double roll, double focal, cv::Size size);

  /// Distance from the plane of the pinhole, m: negative behind it.
  double depth(const cv::Vec3d& point) const;
  /// Pixel that a point in front of the camera falls on.
  cv::Point2d project(const cv::Vec3d& point) const;
  /// What this camera sees in a mirror lying on the floor (y = 0), at `scale` times its resolution.
  Camera mirrored(double scale) const;

  /// The pinhole; of a mirrored camera that of its image below the floor.
  cv::Vec3d eye() const { return {eye_[0], up_ * eye_[1], eye_[2]}; }
  cv::Size size() const { return size_; }

 private:
  cv::Vec3d turned(const cv::Vec3d& point) const;

  cv::Vec3d eye_;
  cv::Matx33d rotation_;
  double focal_;
  cv::Size size_;
  double up_ = 1;
};

}  // namespace assay::scene
