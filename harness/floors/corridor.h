#pragma once

#include "harness/floors/light.h"
#include "harness/floors/piece.h"

namespace assay::scene {

/// The building of one view: its light and its surfaces, the same on every floor but for what chance draws
/// anew for every view (tones, where tiles begin, which lamps are dim, which signs hang).
struct Corridor {
  Light light;
  Piece floor;
  Pieces walls;  // farthest first, with doors, lamps and signs
};

Corridor corridor(std::uint64_t seed);

/// A door with its frame, 0.98 m x 2.12 m.
Sheet door(Random& random);

/// Fixed to walls and ceiling; `seed` draws which.
Pieces signs(std::uint64_t seed);

}  // namespace assay::scene
