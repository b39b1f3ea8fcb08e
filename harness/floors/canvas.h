#pragma once

#include "harness/floors/camera.h"
#include "harness/floors/light.h"
#include "harness/floors/piece.h"

namespace assay::scene {

/// What a camera sees: pieces are pasted one over the other, farthest first. Remembers which pixels show a
/// marked piece, even faintly.
class Canvas {
 public:
  Canvas(Camera camera, Light light);

  void paste(const Pieces& pieces, bool marked = false);
  void paste(const Piece& piece, bool marked = false);

  /// Adds `share` of a picture of any size, blurred, to all that is painted yet.
  void reflect(const cv::Mat& mirrored, double share);

  const Camera& camera() const { return camera_; }
  const cv::Mat& picture() const { return picture_; }  // CV_8UC3
  const cv::Mat& marks() const { return marks_; }      // CV_8U: 255 where a marked piece shows

 private:
  cv::Mat light_on(const Patch& patch, cv::Size size) const;
  cv::Mat lit(const Piece& piece, const cv::Mat& texture) const;
  void paste_part(const Piece& piece, bool marked, int depth);
  void draw(const Piece& piece, const std::vector<cv::Point2f>& corners, bool marked);
  std::vector<cv::Point2f> corners_of(const Patch& patch) const;

  Camera camera_;
  Light light_;
  cv::Mat picture_, marks_;
};

}  // namespace assay::scene
