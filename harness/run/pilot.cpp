#include "harness/run/pilot.h"

#include <algorithm>
#include <set>

#include "harness/core/stopwatch.h"
#include "harness/data/decode.h"
#include "harness/network/tensor.h"
#include "harness/run/explain.h"
#include "methods/map.h"

namespace assay {
namespace {

constexpr double kSeconds = 4;
constexpr std::size_t kImages = 4;
constexpr double kPriorObservations = 4;

/// A metric under settings, for the class that a target rule picks.
struct PilotCell {
  int metric = 0;
  std::string target;
  Json settings;
  auto operator<=>(const PilotCell& other) const {
    return std::tuple(metric, target, settings.dump()) <=>
           std::tuple(other.metric, other.target, other.settings.dump());
  }
};

std::set<PilotCell> pilot_cells(const Roster& roster) {
  std::set<PilotCell> cells;
  for (const PlannedCell& cell : roster.cells)
    if (roster.metrics[cell.metric].metric->price_varies())
      cells.insert({cell.metric, roster.explanations[cell.explanation].target, cell.settings});
  return cells;
}

/// Of the first pictures one sample each, where a cell asks for labels one that the network knows.
std::vector<const Sample*> pilot_samples(const Experiment& experiment, const std::set<PilotCell>& cells) {
  const std::vector<std::size_t> starts = picture_starts(experiment.samples);
  const bool by_label =
      std::ranges::any_of(cells, [](const PilotCell& cell) { return cell.target == "label"; });
  std::vector<const Sample*> chosen;
  for (std::size_t i = 0; i + 1 < starts.size() && chosen.size() < kImages; ++i)
    for (std::size_t s = starts[i]; s < starts[i + 1]; ++s) {
      if (by_label && !has_target(experiment.samples[s], experiment.network)) continue;
      chosen.push_back(&experiment.samples[s]);
      break;
    }
  return chosen;
}

/// Observes one image; adds to sums and counts of forwards, by metric.
class PilotFlight {
 public:
  PilotFlight(const Roster& roster, Subject& subject, const Sample& sample)
      : roster_(roster), subject_(subject), sample_(sample) {
    const Query any{0, 0};
    for (const char* control : {"center", "edge", "random"}) {
      Params none;
      const auto method = find_entry(methods(), control, none, "").make(none);
      maps_.push_back(map_of({}, method->attribute(subject, {&any, 1}).raw, subject));
    }
  }

  std::size_t maps() const { return maps_.size(); }

  void observe(std::size_t map, const PilotCell& cell, double& sum, double& count) {
    const Explanation explanation{{maps_[map]}, {{0, target_of(cell)}}};
    const Task task{&explanation, &cell.settings};
    const auto records = roster_.metrics[cell.metric].metric->observe(subject_, {&task, 1}, {});
    sum += static_cast<double>(records[0][0].cost.forwards);
    count += 1;
  }

 private:
  std::int64_t target_of(const PilotCell& cell) {
    return cell.target == "label" ? targets_of(sample_, subject_.network()).front() : subject_.predicted(0);
  }

  const Roster& roster_;
  Subject& subject_;
  const Sample& sample_;
  std::vector<Tensor> maps_;  // [1,H,W] each
};

}  // namespace

std::map<std::string, double> pilot(const Plan& plan, const Experiment& experiment, at::Device device) {
  const Roster& roster = *experiment.roster;
  const Network network = experiment.network.to(device);
  const std::set<PilotCell> cells = pilot_cells(roster);
  std::map<int, double> sums, counts;
  const Stopwatch watch;
  for (const Sample* sample : pilot_samples(experiment, cells)) {
    const Decoded image = try_decode(*sample, network.preprocess());
    if (!image.pixels.defined()) continue;
    Subject subject(network, image.pixels.unsqueeze(0), {sample->name}, plan.seed,
                    numerics_of(plan, experiment, device));
    PilotFlight flight(roster, subject, *sample);
    for (std::size_t map = 0; map < flight.maps(); ++map)
      for (const PilotCell& cell : cells)
        if (watch.seconds() < kSeconds) flight.observe(map, cell, sums[cell.metric], counts[cell.metric]);
  }
  std::map<std::string, double> shares;
  for (const auto& [metric, sum] : sums) {
    const auto price = static_cast<double>(roster.metrics[metric].price.forwards);
    shares[roster.metrics[metric].name] =
        (kPriorObservations * price + sum) / ((kPriorObservations + counts[metric]) * price);
  }
  return shares;
}

}  // namespace assay
