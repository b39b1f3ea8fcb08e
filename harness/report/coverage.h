#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/gain_cells.h"
#include "harness/report/scored.h"
#include "harness/report/table.h"

namespace assay {

/// Records that a report shows.
struct ShownRecords {
  int experiment = 0;
  std::string row;
  std::span<const Record> records;
};
std::vector<ShownRecords> shown_records(const GainTable& table);
std::vector<ShownRecords> shown_records(const ScoredTable& table);

/// What became of the samples: a row an experiment of those shown, reasons counted with the first file.
/// Images and samples are two columns where they differ; the others count samples. Below it the
/// configurations whose records failed, are suspect, or are ok with a remark, on images that could be read.
Table coverage_table(const Observed& observed, const std::vector<ShownRecords>& shown);

}  // namespace assay
