#include "harness/run/footprint.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "harness/network/tensor.h"
#include "harness/store/unit_codec.h"

namespace assay {
namespace {

constexpr std::size_t kCurvePoints = 256;
constexpr double kAnyValue = 1 / 3.0;
constexpr std::int64_t kFrame = 400;        // bytes of a unit beside its rows
constexpr std::int64_t kAnyWork = 1 << 30;  // multiply-adds

Cost any_cost() {
  return {
      .forwards = 1000, .backwards = 1, .work = {.asked = kAnyWork, .done = kAnyWork}, .seconds = kAnyValue};
}

/// Everything about one sample, as if it had been computed.
UnitResult made_up_unit(const Experiment& experiment) {
  const Roster& roster = *experiment.roster;
  UnitResult unit;
  unit.experiment = experiment.id;
  SampleRow& sample = unit.samples.emplace_back();
  sample.sample = experiment.sample_ids.front();
  sample.name = experiment.samples.front().name;
  sample.labels = {100};
  for (const PlannedExplanation& explanation : roster.explanations) {
    ExplanationRow row;
    row.explanation = explanation.id;
    row.sample = sample.sample;
    row.cost = any_cost();
    unit.explanations.push_back(std::move(row));
  }
  for (const PlannedCell& cell : roster.cells) {
    const Metric& metric = *roster.metrics[cell.metric].metric;
    ObservationRow row{.cell = cell.id, .sample = sample.sample, .record = {}};
    row.record.values.assign(metric.columns().size(), kAnyValue);
    row.record.curves.assign(metric.curves().size(), std::vector<double>(kCurvePoints, kAnyValue));
    row.record.cost = any_cost();
    unit.observations.push_back(std::move(row));
  }
  return unit;
}

}  // namespace

std::int64_t footprint_of(const Plan& plan, std::span<const Unit> units) {
  double bytes = 0;
  std::vector<double> of_sample;  // by experiment
  for (const Experiment& experiment : plan.experiments) {
    of_sample.push_back(static_cast<double>(encode(made_up_unit(experiment)).size()));
    bytes += of_sample.back() * static_cast<double>(experiment.samples.size());
  }
  for (const Unit& unit : units) {
    const auto index = static_cast<std::size_t>(unit.experiment);
    const auto all = static_cast<double>(plan.experiments[index].roster->cells.size());
    bytes += static_cast<double>(kFrame) + static_cast<double>(unit.samples.size()) * of_sample[index] *
                                               static_cast<double>(unit.cells.size()) / all;
  }
  return std::llround(bytes);
}

std::string readable_bytes(std::int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.{}f} {}", value, unit > 0 && value < 10 ? 1 : 0, kUnits[unit]);
}

}  // namespace assay
