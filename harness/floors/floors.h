#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <string>

namespace assay {

/// Stand-in for the paper's Building-Floor photographs: six floors of one building seen from their lift, ten
/// views each. All that chance draws (camera, light, furniture, tones) is drawn anew for every view from the
/// same distribution on every floor; only the object at the far wall tells the floor.
constexpr int kFloors = 6, kViews = 10, kTrainViews = 3;  // views 0..2 are for training
constexpr int kFloorRows = 768, kFloorColumns = 1024;
/// Raised when a change of the renderer changes its pictures.
constexpr int kFloorsVersion = 1;

struct Floor {
  std::string name;    // "3rd"
  std::string object;  // what only this floor has
};
/// In the order of the classes.
const std::array<Floor, kFloors>& floors();

struct FloorView {
  cv::Mat image;   // CV_8UC3 [768,1024], BGR
  cv::Mat object;  // CV_8U [768,1024]: 255 where the object shows, 0 elsewhere
  cv::Rect box;    // the smallest around the object
};

/// The view `view` (0..9) of the floor `floor` (0..5). Without its object the view is the same everywhere
/// outside the object's mask, bit by bit, shows the wall inside it, and has an empty mask and box. Same
/// arguments, same bits; one thread.
FloorView render_floor(std::uint64_t seed, int floor, int view, bool with_object = true);

}  // namespace assay
