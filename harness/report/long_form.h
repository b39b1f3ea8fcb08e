#pragma once

#include "harness/report/lines.h"
#include "harness/report/table.h"

namespace assay {

/// One line a (protocol, dataset, network, row, rho, base, score) with every figure, for plotting: the CSV.
/// Values x100 where the column says so; unknown figures are empty.
Table long_form(const std::vector<Line>& lines);

/// The same for readers: a table for each protocol, experiment, measure and rho, a block a base.
Document detail_tables(const std::vector<Line>& lines, double level);

}  // namespace assay
