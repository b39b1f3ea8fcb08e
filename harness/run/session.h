#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/run/dealer.h"
#include "harness/run/unit.h"
#include "harness/store/results.h"

namespace assay {

/// What `assay run` was asked.
struct RunRequest {
  std::string config;                  // file
  std::vector<std::string> overrides;  // key.path=value
  PlanOptions plan;
  bool retry_failed = false;  // what failed before is computed again
};

/// How a run ended, on rank 0; elsewhere empty.
struct RunOutcome {
  std::string results;  // results.h5
  Merged merged;
  std::size_t failed_images = 0;
};

/// The whole job on all ranks: validate, say what will be done, deal the units, journal them, merge.
/// Collective. Throws ConfigError on every rank when one of them finds a mistake (with an empty message where
/// another one says it).
RunOutcome run(const RunRequest& request, const Ranks& ranks);

}  // namespace assay
