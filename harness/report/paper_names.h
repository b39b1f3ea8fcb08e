#pragma once

#include <string>

#include "harness/store/layout.h"

namespace assay {

/// The row of the published Table 1 that a configuration reproduces ("occ 10", "grad 5", "C-MWP",
/// "C-MWP+grad"), by method and settings, not by name; empty when there is none.
std::string published_row(const ExplanationInfo& explanation);

/// Places | Floor, by the network's name and configuration; empty for others.
std::string published_dataset(const ExperimentInfo& experiment, const Json& config);

/// gaussian(...), box(...) -> G, zero -> Z, gray -> Gray; anything else stays.
std::string base_label(const std::string& base);

/// Methods that look at nothing the network does: random, center, edge, uniform. Results carry a method's
/// name and no such property, so this list is the only place that knows; a new control belongs into it.
bool is_control(const std::string& method);

}  // namespace assay
