#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/store/unit_result.h"

namespace assay {

/// A unit as MessagePack: {"version", "unit": provenance, "texts": [...], and rows as arrays}. Texts that
/// repeat (samples, cells, reasons) are there once and named by index. Doubles keep their bits, NaN included.
std::vector<std::uint8_t> encode(const UnitResult& unit);

/// Throws DataError (without a file name) when the content is not a unit of this version.
UnitResult decode(std::span<const std::uint8_t> content);

}  // namespace assay
