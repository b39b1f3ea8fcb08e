#pragma once

#include <span>
#include <string>

#include "harness/core/statistics.h"
#include "harness/report/gain_cells.h"

namespace assay {

std::string times_100(double value);               // 0.5031 -> "50.3"; NaN -> "-"
std::string percent(double share);                 // 0.25 -> "25 %", 0.125 -> "12.5 %"
std::string range_text(const Interval& interval);  // x100: "44.0..57.2"; "-" when there is none
std::string p_text(double p);                      // "0.013", "< 0.001"

/// What stands in place of a value when no record was kept: "skipped: ...", "failed: ...", "- (all left
/// out)".
std::string why_empty(std::span<const Record> records);

/// What tells an experiment from the others of a table: dataset, network, or both; "" when there is only one.
std::string experiment_label(const GainTable& table, const GainCell& cell);
/// "dataset / network".
std::string full_name(const GainCell& cell);

}  // namespace assay
