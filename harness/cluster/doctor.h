#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/session.h"

namespace assay {

enum class Health { ok, warn, fail };

/// One line of the doctor.
struct Finding {
  Health health = Health::ok;
  std::string what;         // "devices"
  std::string found;        // "2 ranks, one GPU each"
  std::string remedy = {};  // what to do; empty when there is nothing to do
};

/// "warn  devices: 2 of 4 GPUs are used; start one rank a GPU".
std::string line_of(const Finding& finding);

/// A finding from an error message, whose first semicolon parts what is wrong from what to do.
Finding finding_of(Health health, std::string what, std::string_view message);

/// What a rank can look at.
struct Patient {
  const Ranks* ranks = nullptr;     // null where MPI could not be started
  std::string launch_problem = {};  // why it could not
  const Plan* plan = nullptr;       // null without a configuration, or where it has a mistake
  std::string mistake = {};         // which
  std::string folder = {};          // where the output folder is or will be; exists; empty without a plan
  std::string marker = {};          // file that rank 0 wrote there; empty where there is none

  int rank() const { return ranks ? ranks->rank() : 0; }
  int node() const { return ranks ? ranks->node() : 0; }
};

/// Every rank looks for itself, then rank 0 judges what all of them saw. Looking is not collective and may
/// throw; judging depends on the facts alone. What there is nothing to look at for has no facts (null).
struct Check {
  std::string name;
  Json (*look)(const Patient&);
  std::vector<Finding> (*judge)(const std::vector<Json>& facts);  // by rank
};

/// The facts of every rank as what a check made them from; where it does not apply as its defaults.
template <class Facts>
std::vector<Facts> facts_as(const std::vector<Json>& all) {
  std::vector<Facts> facts;
  for (const Json& json : all) facts.push_back(json.is_null() ? Facts{} : json.get<Facts>());
  return facts;
}

/// In the order of checks.def.
const std::vector<Check>& checks();

/// The findings of all checks on rank 0, elsewhere none. Without `request.config` only what needs none.
/// Collective where there are ranks. Leaves nothing in the output folder.
std::vector<Finding> examine(const RunRequest& request, const Ranks* ranks,
                             const std::string& launch_problem);

}  // namespace assay
