#include <fmt/format.h>

#include <map>

#include "harness/cluster/doctor.h"
#include "harness/cluster/rank_groups.h"
#include "harness/run/launch.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

struct MpiFacts {
  int node = 0;
  std::string host, library, launcher;
  std::string problem;  // why there is no world; empty: there is one
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(MpiFacts, node, host, library, launcher, problem)

/// "n1 4, n2 3", and whether they are as many everywhere.
std::pair<std::string, bool> spread_of(const std::vector<MpiFacts>& ranks) {
  std::map<int, std::pair<std::string, int>> nodes;
  for (const MpiFacts& facts : ranks) {
    nodes[facts.node].first = facts.host;
    ++nodes[facts.node].second;
  }
  std::string text;
  bool even = true;
  for (const auto& [node, its] : nodes) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", its.first, its.second);
    even = even && its.second == nodes.begin()->second.second;
  }
  return {text, even};
}

std::string plural(std::size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Json look_at_mpi(const Patient& patient) {
  return MpiFacts{.node = patient.node(),
                  .host = host_name(),
                  .library = mpi_library(),
                  .launcher = launcher_of(launch_here()),
                  .problem = patient.launch_problem};
}

std::vector<Finding> judge_mpi(const std::vector<Json>& all) {
  const auto ranks = facts_as<MpiFacts>(all);
  if (!ranks.front().problem.empty()) return {finding_of(Health::fail, "MPI", ranks.front().problem)};
  std::vector<std::string> libraries;
  for (const MpiFacts& facts : ranks) libraries.push_back(facts.library);
  const auto groups = groups_of(libraries);
  if (groups.size() > 1)
    return {{Health::fail, "MPI", "ranks use different libraries: " + groups_text(groups),
             "load the same modules on every node"}};
  const auto [spread, even] = spread_of(ranks);
  const std::string who = fmt::format("{}, {} ({}), started by {}", libraries.front(),
                                      plural(ranks.size(), "rank"), spread, ranks.front().launcher);
  if (!even)
    return {{Health::warn, "MPI", who + ": nodes have different numbers of ranks",
             "ask for --ntasks-per-node where they shall be equal"}};
  return {{Health::ok, "MPI", who}};
}

}  // namespace assay
