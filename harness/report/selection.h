#pragma once

#include <string>
#include <vector>

#include "harness/store/layout.h"

namespace assay {

/// A metric that is shown by its scores (metrics/scores.h).
struct SelectedMetric {
  std::string metric;
  std::vector<std::string> scores;  // names, in its own order
};

/// What a report shows.
struct Selection {
  std::vector<std::string> gain;       // SCG, CCG: of confidence-gain, which has tables of its own
  std::vector<SelectedMetric> scores;  // in the order of scorings()
};

/// What `--metric` asks for: names of metrics, or of single scores (SCG, RA), in any case. Nothing asked =
/// every metric that the results hold, but for region-overlap where it is a column beside confidence-gain;
/// that also where they hold nothing. Throws ConfigError for another name, listing the known ones.
Selection selection_of(const Layout& layout, const std::vector<std::string>& names);

/// The scoring settings of a metric under a protocol of a resolved configuration; empty where it sets none.
Json scoring_settings(const Json& config, const std::string& protocol, const std::string& metric);

/// Of the settings that `--scores` gives those for one of the metrics shown: what it knows, and what none of
/// them knows, so that it will be refused.
Json overrides_for(const std::string& metric, const Selection& shown, const Json& overrides);

}  // namespace assay
