#pragma once

#include "harness/report/lines.h"
#include "harness/report/table.h"

namespace assay {

/// Head of the columns without a base: where a row's first masks lie, of regions that were observed.
inline constexpr const char* kOnObject = "mask on object";

/// Table 1 in the paper's layout: a row a configuration in the order of the plan, a block a rho (largest
/// first), columns measure x experiment x base, each with the protocols side by side. A cell reads `mean*
/// (kept) [published]`, x100;
/// * best of its column, = not told from it. Wider than 120 characters, it becomes one table an experiment,
/// then a measure, then a base, then a protocol. Remarks of rows are letters in the last column, spelt out
/// below.
Document table1(const GainTable& table, const std::vector<Line>& lines);

/// What the marks of table1() mean and how each protocol scores: notes for the end of the document.
Table legend(const GainTable& table, const ReportOptions& options);

}  // namespace assay
