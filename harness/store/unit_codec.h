#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/store/unit_result.h"

namespace assay {

/// A unit as MessagePack: {"version", "unit": provenance, "texts": [...], and rows as arrays}. Texts that
/// repeat (samples, cells, reasons) are there once and named by index. Doubles keep their bits, NaN included.
/// Curves are the last element of a row of observations that has any. The place of the rank is there in every
/// unit.
std::vector<std::uint8_t> encode(const UnitResult& unit);

/// Reads version 2 as well, which had no figures (empty) and no pictures (each sample is its own), and units
/// whose place is but a host. Throws
/// DataError (without a file name) for other versions and content that is no unit.
UnitResult decode(std::span<const std::uint8_t> content);

}  // namespace assay
