#pragma once

#include <string>
#include <vector>

#include "harness/run/roster.h"
#include "metrics/masks.h"

namespace assay {

/// A configuration of a protocol, as its rows are called.
struct Exhibit {
  std::string name;
  int explanation = 0;   // of the roster
  std::string settings;  // `parameters` only: what sets it apart from the others of its method, "patch 10"
};

/// What the heat map panels of one protocol show, in the order of the plan (SCG/CCG paper, Figures 2 and 3).
struct Showcase {
  std::vector<MaskRule> rules;                   // of the confidence-gain rows; none: nothing to show
  std::vector<std::vector<Exhibit>> parameters;  // the configurations of each method that has several
  std::vector<Exhibit> methods;  // one configuration of each method: the first that is part of a pair,
                                 // otherwise the first
  std::vector<Exhibit> pairs;    // the intersections

  /// Of the roster, each once.
  std::vector<int> explanations() const;
};

Showcase showcase_of(const Roster& roster, const std::string& protocol);

}  // namespace assay
