#pragma once

#include "harness/floors/piece.h"

namespace assay::scene {

/// What stands about on every floor: chairs, benches, bins, boxes, tables, warning signs, extinguishers,
/// drawn anew for every view. Never in front of the place of the object. Shadows first, then farthest first.
Pieces furniture(std::uint64_t seed, const cv::Vec3d& eye);

}  // namespace assay::scene
