#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "harness/run/config.h"

namespace assay {

/// One default that a protocol sets, and where it was written ("" for built-in protocols).
struct Setting {
  Json value;
  std::string pointer;
};
/// Parameter -> default.
using Settings = std::map<std::string, Setting>;

/// A named set of defaults: which class is explained, parameters of methods and metrics, and how observations
/// become scores. It adds no code path. The own entry of a method or metric wins over it.
struct Protocol {
  std::string name;
  std::string target = "predicted";         // predicted | label
  std::map<std::string, Settings> methods;  // by registered name of the method
  std::map<std::string, Settings> metrics;  // by registered name of the metric
  std::map<std::string, Settings> scores;   // by registered name of the metric
  bool computed = true;                     // false: left out by --protocol, but entries may name it

  /// {name, target, methods, metrics, scores}; the scores with every default.
  Json resolved() const;
};

/// `paper` (papers: sections 8.3) and `authors-code` (8.4): the two readings of the SCG/CCG paper.
const std::vector<Protocol>& builtin_protocols();
/// One line on each, for `assay list protocols`.
std::string summary_of(const Protocol& builtin);

/// The key `protocols` of a configuration: names of built-in ones, or {name, like, target, methods, metrics,
/// scores}, where `like` is a built-in or an earlier one (default paper). Absent means [paper]. Throws
/// ConfigError for unknown names and keys.
std::vector<Protocol> read_protocols(const Config& config);

/// The scoring settings of a metric with every default: `given` checked key by key. Throws ConfigError.
Json resolve_scores(const std::string& metric, Params given);

}  // namespace assay
