#include "harness/run/session.h"

#include <ATen/Parallel.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <torch/version.h>

#include <ctime>
#include <deque>
#include <future>
#include <numeric>

#include "harness/network/tensor.h"
#include "harness/run/commit.h"
#include "harness/run/forecast.h"
#include "harness/run/interruption.h"
#include "harness/run/opening.h"
#include "harness/run/placement.h"
#include "harness/run/progress.h"
#include "harness/store/fault_log.h"
#include "harness/store/files.h"
#include "harness/store/journal.h"

namespace assay {
namespace {

constexpr std::size_t kAhead = 2;  // decoded units that wait: the present one's and the next

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

/// The file to append to, and to cut: so the folder must still be ours.
std::string own_journal(const Opening& opening, const Ranks& ranks) {
  check_lease(opening.plan.output, opening.token);
  return fmt::format("{}/journal/rank-{:04d}.journal", opening.plan.output, ranks.rank());
}

/// One rank at work: decodes ahead, executes, journals.
class Workshop {
 public:
  Workshop(const Opening& opening, const Ranks& ranks, const Placement& placement,
           std::shared_ptr<ImageReader> reader)
      : plan_(opening.plan),
        units_(opening.units),
        token_(opening.token),
        ranks_(ranks),
        placement_(placement),
        reader_(std::move(reader)),
        journal_(own_journal(opening, ranks)) {}

  void announce(std::size_t unit) {
    const Experiment& experiment = plan_.experiments[units_[unit].experiment];
    std::vector<Sample> samples;
    for (const int sample : units_[unit].samples) samples.push_back(experiment.samples[sample]);
    station(units_[unit].experiment).prefetcher.push(std::move(samples));
    station(units_[unit].experiment).announced.push_back(unit);
  }

  void work(std::size_t unit) {
    Station& here = station(units_[unit].experiment);
    ASSAY_ASSERT(!here.announced.empty() && here.announced.front() == unit);
    here.announced.pop_front();
    const std::vector<Decoded> images = here.prefetcher.pop();
    UnitResult result = execute(plan_, units_[unit], here.network, placement_.device, images, here.limit);
    for (const std::string& fault : here.limit.take_faults()) complain(fault);
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
    BatchLimit limit;
  };

  /// The journal is synced while the next unit computes.
  void write(UnitResult result) {
    settle();
    writing_ = std::async(std::launch::async, [this, unit = std::move(result)] {
      check_lease(plan_.output, token_);
      journal_.append(unit);
    });
  }

  void complain(const std::string& fault) const {
    fmt::print(stderr, "assay: rank {}: {}\n", ranks_.rank(), fault);
    note_fault(plan_.output, ranks_.rank(), fault);
  }

  Station& station(int experiment) {
    std::unique_ptr<Station>& place = stations_[experiment];
    if (!place) {
      const Network& network = plan_.experiments[experiment].network;
      place.reset(
          new Station{network.to(placement_.device), {network.preprocess(), kAhead, reader_}, {}, {}});
    }
    return *place;
  }

  const Plan& plan_;
  std::span<const Unit> units_;
  const std::string& token_;
  const Ranks& ranks_;
  const Placement& placement_;
  std::shared_ptr<ImageReader> reader_;
  JournalWriter journal_;
  std::future<void> writing_;  // of the latest unit; waits for it when it goes
  std::map<int, std::unique_ptr<Station>> stations_;
};

/// What stopped it, on every rank; empty when all units are done.
std::string compute(const Opening& opening, const Ranks& ranks, const Placement& placement,
                    std::shared_ptr<ImageReader> reader, const Interruption& interruption) {
  Workshop workshop(opening, ranks, placement, std::move(reader));
  const std::vector<double> weights = weights_of(opening.plan, opening.units);
  Progress progress(opening.plan.name, std::reduce(weights.begin(), weights.end()), opening.units.size());
  const Worker worker{.announce = [&](std::size_t unit) { workshop.announce(unit); },
                      .work = [&](std::size_t unit) { workshop.work(unit); },
                      .stop = [&] { return interruption.requested(); }};
  const bool all = deal(ranks, weights, worker, [&](std::size_t unit) { progress.add(weights[unit]); });
  workshop.settle();
  const std::string cause = all                        ? ""
                            : interruption.requested() ? std::string(interruption.name())
                                                       : "a signal to another rank";
  if (ranks.rank() != 0) return cause;
  if (all)
    progress.finish();
  else
    progress.stop(cause);
  return cause;
}

/// How images are read: with a limit of time where there is one.
std::shared_ptr<ImageReader> reader_for(const Plan& plan, std::shared_ptr<DecoderProcess> decoder) {
  if (!decoder || plan.decode_timeout <= 0) return nullptr;
  decoder->set_timeout(plan.decode_timeout);
  return decoder;
}

/// Prints what will be done. On rank 0.
void introduce(const Opening& opening, const Ranks& ranks) {
  const Plan& plan = opening.plan;
  fmt::print("{}", forecast_text(plan, forecast(plan, opening.units, opening.spent, Care::quick),
                                 ranks.size(), false));
  if (opening.units.empty())
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
  write_file(config.text, plan.output + "/config.yaml");
  save_layout(plan.output, layout);
}

/// What follows once the run is known to be possible.
RunOutcome carry_out(const Opening& opening, const Ranks& ranks, const Placement& placement,
                     std::shared_ptr<ImageReader> reader, const Interruption& interruption,
                     const std::string& start) {
  const Plan& plan = opening.plan;
  Layout layout;
  if (ranks.rank() == 0) {
    if (const std::string complaint = placement.blas.complaint(); !complaint.empty())
      fmt::print(stderr, "assay: {}\n", complaint);
    introduce(opening, ranks);
    layout = layout_with_provenance(plan, placement, start);
    keep_configuration(plan, *opening.config, layout);
  }
  ranks.barrier();
  std::string stopped;
  if (!opening.units.empty()) stopped = compute(opening, ranks, placement, std::move(reader), interruption);
  if (ranks.rank() == 0 && !stopped.empty())
    note_fault(plan.output, 0, fmt::format("stopped in good order by {}", stopped));
  ranks.barrier();
  if (ranks.rank() != 0 || !stopped.empty()) return {.output = plan.output, .stopped = stopped};
  const auto still_ours = [&] { check_lease(plan.output, opening.token); };
  still_ours();
  return {.output = plan.output,
          .results = plan.output + "/results.h5",
          .merged = merge(plan.output, layout, still_ours)};
}

}  // namespace

RunOutcome run(const RunRequest& request, const Ranks& ranks, std::shared_ptr<DecoderProcess> decoder) {
  const std::string start = utc_now();
  const Interruption interruption;
  const Opening opening = open_run(request, ranks);
  at::set_num_threads(opening.plan.threads);
  const Placement placement = place_together(opening.plan, ranks);
  try {
    return carry_out(opening, ranks, placement, reader_for(opening.plan, std::move(decoder)), interruption,
                     start);
  } catch (...) {
    if (opening.lease) opening.lease->abandon();
    throw;
  }
}

}  // namespace assay
