#pragma once

#include <string>
#include <vector>

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/table.h"

namespace assay {

/// What one configuration of a method, or one metric, cost in one experiment.
struct CostRow {
  std::string dataset, network;
  std::string name;  // of a configuration: "occ 10", with its protocols where they differ; or of a metric
  bool is_metric = false;    // seconds are apportioned: its records shared their waves
  std::vector<Cost> images;  // of each image that was served: one map, or all records of the metric

  Cost sum() const;
  double median_seconds() const;  // NaN without images
};

/// Explanations and metrics that the filters of `options` (protocol, dataset, network) leave, by experiment,
/// methods in the order of the plan before metrics. An image counts where its status is ok or suspect. Throws
/// ConfigError for an unknown name.
std::vector<CostRow> cost_rows(const Observed& observed, const ReportOptions& options);

/// The table of those rows, a block an experiment, and a last line with the totals and the memory of the
/// units. In CSV a column instead of a mark says which seconds are apportioned.
Document cost_document(const Observed& observed, const ReportOptions& options);

}  // namespace assay
