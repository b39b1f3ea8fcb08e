#pragma once

#include "harness/run/unit.h"

namespace assay {

/// A unit as execute() computes it, in batches of `numerics`. Throws where memory ran out and smaller ones
/// may be tried (calls_for_smaller_batch).
UnitResult execute_in_batches(const Plan& plan, const Unit& unit, const Network& network,
                              const Numerics& numerics, std::span<const Decoded> images);

}  // namespace assay
