#pragma once

#include "harness/floors/piece.h"

namespace assay::scene {

// What tells one floor from all others. Each stands at (0, 0, 0) with its back to a wall at z = 0 and faces
// the lift; pieces are in the order of painting. `random` draws what stays the same on its floor: papers,
// leaves, books. All are painted with paints().

Pieces notice_board(Random& random);
Pieces potted_plant(Random& random);
Pieces vending_machine(Random& random);
/// A door of glass, and the hallway behind it.
Pieces glass_door(Random& random);
/// A ribbed ring on a pedestal.
Pieces sculpture(Random& random);
Pieces bookcase(Random& random);

}  // namespace assay::scene
