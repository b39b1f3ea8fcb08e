#pragma once

#include "harness/report/gain_cells.h"
#include "harness/report/table.h"

namespace assay {

/// What became of the images: a row an experiment that `table` shows, reasons counted with the first file.
/// Below it the configurations whose records failed or are suspect on images that could be read.
Table coverage_table(const Observed& observed, const GainTable& table);

}  // namespace assay
