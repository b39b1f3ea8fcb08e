#include "harness/floors/camera.h"

#include <cmath>

namespace assay::scene {

Camera::Camera(cv::Vec3d eye, double yaw, double pitch, double roll, double focal, cv::Size size)
    : eye_(eye), focal_(focal), size_(size) {
  const double cy = std::cos(yaw), sy = std::sin(yaw), cp = std::cos(pitch), sp = std::sin(pitch),
               cr = std::cos(roll), sr = std::sin(roll);
  rotation_ = cv::Matx33d(cr, -sr, 0, sr, cr, 0, 0, 0, 1) * cv::Matx33d(1, 0, 0, 0, cp, -sp, 0, sp, cp) *
              cv::Matx33d(cy, 0, -sy, 0, 1, 0, sy, 0, cy);
}

cv::Vec3d Camera::turned(const cv::Vec3d& point) const {
  return rotation_ * (cv::Vec3d(point[0], up_ * point[1], point[2]) - eye_);
}

double Camera::depth(const cv::Vec3d& point) const {
  return turned(point)[2];
}

cv::Point2d Camera::project(const cv::Vec3d& point) const {
  const cv::Vec3d p = turned(point);
  return {size_.width / 2.0 + focal_ * p[0] / p[2], size_.height / 2.0 - focal_ * p[1] / p[2]};
}

Camera Camera::mirrored(double scale) const {
  Camera mirror = *this;
  mirror.up_ = -up_;
  mirror.focal_ *= scale;
  mirror.size_ = {cvRound(size_.width * scale), cvRound(size_.height * scale)};
  return mirror;
}

}  // namespace assay::scene
