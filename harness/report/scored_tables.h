#pragma once

#include "harness/report/scored_lines.h"
#include "harness/report/table.h"

namespace assay {

/// The tables of metrics that are shown by their scores, one experiment and protocol after the other, rows in
/// the order of the plan, blocks the variants of the metric:
///   - averages x100, their intervals and (samples kept); * best of its column, = not told from it,
///     ? suspect; the last row of a block is what chance would have; as many columns a table as a page holds;
///   - verdicts, of sanity checks;
///   - medians and quartiles where papers compare those;
///   - methods that wrap another beside it, with the paired difference;
///   - who was left out why, with `details`;
/// and, after those of a metric, what its columns mean and how each protocol scores.
Document scored_tables(const ScoredTable& table, const std::vector<ScoredLine>& lines,
                       const ReportOptions& options, bool details);

/// One line a value, for plotting.
Table scored_long_form(const std::vector<ScoredLine>& lines);

}  // namespace assay
