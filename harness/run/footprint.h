#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "harness/run/unit.h"

namespace assay {

/// About how many bytes a run will add to its output folder: the journals of these units, and results.h5 with
/// everything once more, which is written beside the old one. From the records of one sample of each
/// experiment as a journal holds them; of curves it is guessed that they have 256 points.
std::int64_t footprint_of(const Plan& plan, std::span<const Unit> units);

/// "3.4 GB", "812 kB".
std::string readable_bytes(std::int64_t bytes);

}  // namespace assay
