#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/run/protocols.h"
#include "methods/method.h"
#include "metrics/metric.h"

namespace assay {

/// What a method computes on a network: shared by every view of it.
struct RawMap {
  std::string id;    // hash of network, method, its parameters, target rule
  std::string name;  // registered name of the method
  std::shared_ptr<const Method> method;
  std::string target;       // predicted | label
  Cost price;               // for one query
  std::string shared_work;  // see Method
  std::string words;        // words_of() it, if another raw map wraps it; otherwise empty
};

/// One map of an explanation.
struct MapView {
  int raw = 0;  // index into Roster::raws
  View view;
};

/// One explanation: a map, or several that are thresholded and intersected.
struct PlannedExplanation {
  std::string
      id;  // hash of network, method, parameters, views, target rule (and of the seed where it matters)
  std::string method;  // registered name
  Json settings;       // canonical
  std::string target;
  std::vector<MapView> maps;
  std::string unsupported;  // why the network cannot be served; empty when it can
};

/// One explanation under one variant of a metric.
struct PlannedCell {
  std::string id;  // hash of explanation, metric, settings, metric version
  int explanation = 0;
  int metric = 0;  // index into Roster::metrics
  Json settings;
  Cost again = {};  // of what the metric explains again for one query, see Metric::explains_again()
};

/// A metric of the table of contents that the configuration uses.
struct PlannedMetric {
  std::string name;
  std::shared_ptr<const Metric> metric;  // any of its configurations: settings travel with the task
  Cost price;                            // for one query of one variant
};

/// A line of a table: what a protocol calls a cell.
struct PlannedRow {
  std::string protocol;
  std::string name;
  int cell = 0;
  std::string variant;
  std::string note;
  bool operator==(const PlannedRow&) const = default;
};

/// Everything that is computed on one network. Equal things of several protocols are there once.
struct Roster {
  std::vector<RawMap> raws;
  std::vector<PlannedExplanation> explanations;
  std::vector<PlannedMetric> metrics;
  std::vector<PlannedCell> cells;
  std::vector<PlannedRow> rows;
};

/// One network of the configuration.
struct NamedNetwork {
  std::string name;
  Network network;
};

/// Creates the methods and metrics of the configuration for one network under each protocol. `names` are all
/// networks of the configuration: a parameter may be a map by network name. Throws ConfigError with the place
/// of the key.
Roster make_roster(const Config& config, const std::vector<Protocol>& protocols, const NamedNetwork& network,
                   const std::vector<std::string>& names, std::uint64_t seed);

}  // namespace assay
