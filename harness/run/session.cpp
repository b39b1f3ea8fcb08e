#include "harness/run/session.h"

#include <ATen/Parallel.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <ctime>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>

#include "harness/network/tensor.h"
#include "harness/run/commit.h"
#include "harness/run/forecast.h"
#include "harness/run/placement.h"
#include "harness/run/progress.h"
#include "harness/store/journal.h"
#include "harness/store/output_lock.h"

namespace assay {
namespace {

constexpr std::size_t kAhead = 2;  // decoded units that wait: the present one's and the next

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::unique_ptr<OutputLock> lock_output(const Config& config, const Plan& plan) {
  try {
    return std::make_unique<OutputLock>(plan.output);
  } catch (const DataError& error) {
    config.fail("/output", error.what());
  }
}

/// Every rank makes the plan for itself, and rank 0 takes the output folder; a mistake that one of them finds
/// stops all.
Plan plan_together(const Config* config, const std::string& mistake, const RunRequest& request,
                   const Ranks& ranks, std::unique_ptr<OutputLock>& lock) {
  std::string problem = mistake;
  std::optional<Plan> plan;
  try {
    if (config) plan = make_plan(*config, request.plan);
    if (plan && ranks.rank() == 0) lock = lock_output(*config, *plan);
  } catch (const Error& error) {
    problem = error.what();
  }
  const bool told = !ranks.broadcast(problem).empty();
  if (ranks.sum(problem.empty() ? 0 : 1) == 0) return std::move(*plan);
  throw ConfigError(told && ranks.rank() != 0 ? "" : problem);
}

/// What there is to do; on rank 0, what was spent on the rest.
struct Agenda {
  std::vector<Unit> units;
  std::vector<Spent> spent;
};

/// Rank 0 reads the journals and decides; the others are told.
Agenda agenda_together(const Plan& plan, bool retry_failed, const Ranks& ranks) {
  Agenda agenda;
  std::string packed;
  if (ranks.rank() == 0) {
    const Finished finished = Finished::of_folder(plan.output, retry_failed);
    packed = pack_units(units_of(plan, finished));
    agenda.spent = finished.spent();
  }
  agenda.units = unpack_units(ranks.broadcast(std::move(packed)));
  return agenda;
}

/// One rank at work: decodes ahead, executes, journals.
class Workshop {
 public:
  Workshop(const Plan& plan, std::span<const Unit> units, const Ranks& ranks, const Placement& placement)
      : plan_(plan),
        units_(units),
        ranks_(ranks),
        placement_(placement),
        journal_(fmt::format("{}/journal/rank-{:04d}.journal", plan.output, ranks.rank())) {}

  void announce(std::size_t unit) {
    const Experiment& experiment = plan_.experiments[units_[unit].experiment];
    std::vector<Sample> samples;
    for (const int sample : units_[unit].samples) samples.push_back(experiment.samples[sample]);
    station(units_[unit].experiment).prefetcher.push(std::move(samples));
    station(units_[unit].experiment).announced.push_back(unit);
  }

  void work(std::size_t unit) {
    Station& here = station(units_[unit].experiment);
    if (here.announced.empty()) announce(unit);
    ASSAY_ASSERT(here.announced.front() == unit);
    here.announced.pop_front();
    const std::vector<Decoded> images = here.prefetcher.pop();
    UnitResult result = execute(plan_, units_[unit], here.network, placement_.device, images);
    result.rank = ranks_.rank();
    result.ranks = ranks_.size();
    result.place = placement_.place;
    result.date = utc_now();
    write(std::move(result));
  }

  /// Waits until the last unit is on the disk. Throws what went wrong there.
  void settle() {
    if (writing_.valid()) writing_.get();
  }

 private:
  /// What one experiment needs.
  struct Station {
    Network network;  // on the device
    Prefetcher prefetcher;
    std::deque<std::size_t> announced;
  };

  /// The journal is synced while the next unit computes.
  void write(UnitResult result) {
    settle();
    writing_ = std::async(std::launch::async, [this, unit = std::move(result)] { journal_.append(unit); });
  }

  Station& station(int experiment) {
    std::unique_ptr<Station>& place = stations_[experiment];
    if (!place) {
      const Network& network = plan_.experiments[experiment].network;
      place.reset(new Station{network.to(placement_.device), {network.preprocess(), kAhead}, {}});
    }
    return *place;
  }

  const Plan& plan_;
  std::span<const Unit> units_;
  const Ranks& ranks_;
  const Placement& placement_;
  JournalWriter journal_;
  std::future<void> writing_;  // of the latest unit; waits for it when it goes
  std::map<int, std::unique_ptr<Station>> stations_;
};

void compute(const Plan& plan, std::span<const Unit> units, const Ranks& ranks, const Placement& placement) {
  Workshop workshop(plan, units, ranks, placement);
  std::vector<double> weights;
  double total = 0;
  for (const Unit& unit : units) total += weights.emplace_back(weight_of(plan, unit));
  Progress progress(plan.name, total, units.size());
  deal(ranks, weights,
       {[&](std::size_t unit) { workshop.announce(unit); }, [&](std::size_t unit) { workshop.work(unit); }},
       [&](std::size_t unit) { progress.add(weights[unit]); });
  workshop.settle();
  if (ranks.rank() == 0) progress.finish();
}

/// Prints what will be done. On rank 0.
void introduce(const Plan& plan, const Agenda& agenda, const Ranks& ranks) {
  fmt::print("{}", forecast_text(plan, forecast(plan, agenda.units, agenda.spent, Care::quick), ranks.size(),
                                 false));
  if (agenda.units.empty())
    fmt::print("  nothing to compute: every record is in the journals of {}\n", plan.output);
  std::fflush(stdout);
}

Layout layout_with_provenance(const Plan& plan, const Placement& placement, const std::string& start) {
  Layout layout = layout_of(plan);
  layout.provenance = {{"commit", kCommit},
                       {"libtorch", TORCH_VERSION},
                       {"blas", placement.blas.library},
                       {"blas_gflops_a_thread", placement.blas.gflops_a_thread},
                       {"start", start},
                       {"output", plan.output},
                       {"numerics_version", kNumericsVersion},
                       {kRanksKey, Json::array()}};
  for (const Workplace& place : placement.all) layout.provenance[kRanksKey].push_back(to_json(place));
  return layout;
}

void keep_configuration(const Plan& plan, const Config& config, const Layout& layout) {
  std::filesystem::create_directories(plan.output);
  std::ofstream(plan.output + "/config.yaml", std::ios::binary) << config.text;
  save_layout(plan.output, layout);
}

RunOutcome outcome_of(const Plan& plan, const Layout& layout) {
  RunOutcome outcome{plan.output + "/results.h5", merge(plan.output, layout), 0};
  const Results results(outcome.results);
  for (std::size_t i = 0; i < layout.experiments.size(); ++i)
    for (const SampleRow& row : results.samples(static_cast<int>(i)))
      outcome.failed_images += row.status == Status::failed;
  return outcome;
}

}  // namespace

RunOutcome run(const RunRequest& request, const Ranks& ranks) {
  const std::string start = utc_now();
  std::optional<Config> config;
  std::string mistake;
  try {
    config = load_config(request.config, request.overrides);
  } catch (const ConfigError& error) {
    mistake = error.what();
  }
  std::unique_ptr<OutputLock> lock;
  const Plan plan = plan_together(config ? &*config : nullptr, mistake, request, ranks, lock);
  at::set_num_threads(plan.threads);
  const Placement placement = place_together(plan, ranks);
  const Agenda agenda = agenda_together(plan, request.retry_failed, ranks);
  Layout layout;
  if (ranks.rank() == 0) {
    if (const std::string complaint = placement.blas.complaint(); !complaint.empty())
      fmt::print(stderr, "assay: {}\n", complaint);
    introduce(plan, agenda, ranks);
    layout = layout_with_provenance(plan, placement, start);
    keep_configuration(plan, *config, layout);
  }
  ranks.barrier();
  if (!agenda.units.empty()) compute(plan, agenda.units, ranks, placement);
  ranks.barrier();
  return ranks.rank() == 0 ? outcome_of(plan, layout) : RunOutcome{};
}

}  // namespace assay
