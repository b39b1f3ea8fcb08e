#pragma once

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/table.h"

namespace assay {

/// What methods say of their maps (completeness gaps, shares that survive): a row a configuration and figure,
/// its mean, lowest and highest value over the images that have one. Without rows when no method says
/// anything. Of the filters, protocol, dataset and network apply.
Table map_figure_table(const Observed& observed, const ReportOptions& options);

}  // namespace assay
