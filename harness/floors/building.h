#pragma once

namespace assay::scene {

// The plan of every floor, m: a lobby in front of the lift from kLeft to kRight, whose far wall (z = kBack)
// ends at x = kCorner; from there a corridor runs on to z = kEnd. The camera stands near x = 1.2, z = 0.
constexpr double kLeft = -2.3, kCorner = 0.55, kRight = 2.2;
constexpr double kNear = 0.9, kBack = 4.8, kEnd = 14;
constexpr double kHeight = 2.75;
/// Where the object of a floor stands: the middle of its foot, at the far wall.
constexpr double kObjectX = -0.72;

}  // namespace assay::scene
