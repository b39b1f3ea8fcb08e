#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/dealer.h"
#include "harness/run/session.h"
#include "harness/store/lease.h"

namespace assay {

/// What a run knows when it begins: the same on every rank, but for what only rank 0 has.
struct Opening {
  Plan plan;
  std::vector<Unit> units;  // to be done
  std::string token;        // of the output folder's lease
  // on rank 0
  std::optional<Config> config;
  std::unique_ptr<Lease> lease;
  std::vector<Spent> spent;  // on what is done
};

/// Every rank makes the plan for itself; rank 0 takes the output folder, reads the journals and decides what
/// there is to do. Which faults of earlier runs it finds there for the first time it prints and notes, and
/// cuts off what a kill left at the ends of journals. Collective. Throws ConfigError on every rank when one
/// of them finds a mistake (with an empty message where another one says it).
Opening open_run(const RunRequest& request, const Ranks& ranks);

}  // namespace assay
