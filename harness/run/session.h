#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/data/decoder_process.h"
#include "harness/run/dealer.h"
#include "harness/run/unit.h"
#include "harness/store/results.h"

namespace assay {

/// What `assay run` was asked.
struct RunRequest {
  std::string config;                  // file
  std::vector<std::string> overrides;  // key.path=value
  PlanOptions plan;
  bool failed = false;  // what failed before is computed again
};

/// How a run ended.
struct RunOutcome {
  std::string output = {};  // folder
  std::string stopped =
      {};  // what stopped it in good order before all units were done ("SIGUSR1"), on every rank
  // of a run that was not stopped, on rank 0
  std::string results = {};  // results.h5
  Merged merged = {};
};

/// The whole job on all ranks: validate, say what will be done, deal the units, journal them, merge. Told to
/// stop (interruption.h) while it deals, it finishes and journals the units that are worked on, and does not
/// merge. `decoder` reads the images, under the plan's decode_timeout; without it, or without a limit, they
/// are read here. Collective. Throws ConfigError on every rank when one of them finds a mistake (with an
/// empty message where another one says it).
RunOutcome run(const RunRequest& request, const Ranks& ranks,
               std::shared_ptr<DecoderProcess> decoder = nullptr);

}  // namespace assay
