#include "harness/run/opening.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "harness/network/tensor.h"
#include "harness/store/fault_log.h"

namespace assay {
namespace {

/// The mistake that was found, or nothing.
std::string read_plan(const RunRequest& request, const Ranks& ranks, std::optional<Config>& config,
                      std::optional<Plan>& plan, std::unique_ptr<Lease>& lease) {
  try {
    config = load_config(request.config, request.overrides);
    plan = make_plan(*config, request.plan);
    if (ranks.rank() == 0) lease = std::make_unique<Lease>(plan->output);
  } catch (const DataError& error) {
    if (!plan) return error.what();
    try {
      config->fail("/output", error.what());
    } catch (const ConfigError& placed) {
      return placed.what();
    }
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Damage stays in a journal: what a start before this one has noted is said once.
std::vector<std::string> faults_before(const Finished& finished, const Opening& opening) {
  std::vector<std::string> faults = finished.damage();
  for (const Fault& known : faults_of(opening.plan.output)) std::erase(faults, known.what);
  if (const std::string& before = opening.lease->predecessor(); !before.empty())
    faults.push_back("the run before ended without giving the output folder back: " + before);
  return faults;
}

/// Also those of ranks that this run does not have.
void cut_torn_tails(const Finished& finished, const Opening& opening) {
  if (!finished.torn().empty()) check_lease(opening.plan.output, opening.token);
  for (const auto& [journal, length] : finished.torn()) cut_journal(journal, length);
}

/// Rank 0 reads the journals and decides; the others are told.
void read_journals(const RunRequest& request, const Ranks& ranks, Opening& opening) {
  std::string packed;
  if (ranks.rank() == 0) {
    const Finished finished = Finished::of_folder(opening.plan.output, request.failed);
    packed = pack_units(units_of(opening.plan, finished));
    opening.spent = finished.spent();
    for (const std::string& fault : faults_before(finished, opening)) {
      fmt::print(stderr, "assay: {}\n", fault);
      note_fault(opening.plan.output, 0, fault);
    }
    cut_torn_tails(finished, opening);
  }
  opening.units = unpack_units(ranks.broadcast(std::move(packed)));
}

}  // namespace

Opening open_run(const RunRequest& request, const Ranks& ranks) {
  Opening opening;
  std::optional<Plan> plan;
  const std::string problem = read_plan(request, ranks, opening.config, plan, opening.lease);
  const bool told = !ranks.broadcast(problem).empty();
  if (ranks.sum(problem.empty() ? 0 : 1) > 0) throw ConfigError(told && ranks.rank() != 0 ? "" : problem);
  opening.plan = std::move(*plan);
  opening.token = ranks.broadcast(opening.lease ? opening.lease->token() : "");
  read_journals(request, ranks, opening);
  return opening;
}

}  // namespace assay
