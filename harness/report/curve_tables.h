#pragma once

#include "harness/report/observed.h"
#include "harness/report/scored.h"
#include "harness/report/table.h"

namespace assay {

/// The curves of the metrics shown, averaged over samples step by step: a table for each experiment, protocol
/// and curve, rows the configurations, blocks the variants, columns steps (spread evenly where a page does
/// not hold all of them). Samples whose curve is NaN at a step, or
/// ends before it, are left out of it. Seeds are only
/// in the long table.
Document curve_tables(const Observed& observed, const ScoredTable& table);

/// The same as one long table, for plotting: a line a step, with every step; mean, standard deviation (of the
/// samples, n - 1) and how many samples have a value.
Table curve_long_form(const Observed& observed, const ScoredTable& table);

}  // namespace assay
