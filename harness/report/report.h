#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/params.h"

namespace assay {

/// What `assay report` shows and how. The defaults are what `assay run` prints at its end.
struct ReportOptions {
  std::vector<std::string> protocols;  // names, in this order; empty or "both" = every protocol of the file
  std::string format = "text";         // text | markdown | latex | csv
  std::vector<std::string> metrics;    // names of metrics or scores (selection_of()); empty = all held
  std::vector<double> rhos;            // fractions, 0.25; empty = all
  std::vector<std::string> datasets;   // names of the configuration; empty = all
  std::vector<std::string> networks;   // names of the configuration; empty = all
  bool details = false;  // the long form as well: reasons, intervals, tests. Always there in markdown; csv is
                         // nothing else
  bool league = false;   // rank the methods over all columns instead of printing Table 1
  bool cost = false;    // what methods and metrics cost instead of what they score; of the filters, protocol,
                        // dataset and network apply
  bool curves = false;  // the curves of the metrics, averaged over samples, instead of what they score
  double level = 0.95;  // of intervals; 1 - level is the significance level of the paired tests
  int resamples = 2000;          // of the bootstrap
  std::uint64_t seed = 0;        // of the bootstrap
  Json scores = Json::object();  // overrides every protocol's scoring settings: {"average": "ratio-of-means"}
  std::string
      published;  // folder of the published tables; empty = results/published beside the program's source
};

/// The report on one results.h5, in the format asked for, ending in a newline. Throws ConfigError for an
/// unknown protocol, metric or score, format, dataset, network or scoring key (listing the known ones),
/// DataError for a file that cannot be read.
std::string report_text(const std::string& results_file, const ReportOptions& options = {});

}  // namespace assay
