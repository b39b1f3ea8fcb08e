#include "tests/store/sample_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "harness/core/hash.h"
#include "harness/store/journal.h"

namespace assay::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::uint64_t number_of(const std::string& text) {
  return hash_text(text).low;
}

double value_of(const std::string& key) {
  const std::uint64_t number = number_of(key);
  switch (number % 16) {
    case 0:
      return std::bit_cast<double>(0x7ff8000000000123ull);  // a NaN with a payload
    case 1:
      return -0.0;
    case 2:
      return kInfinity;
    case 3:
      return static_cast<double>(number % 1000);
    default:
      return static_cast<double>(number) * 0x1p-64;
  }
}

Status status_of(std::uint64_t number) {
  return number % 5 == 0 ? static_cast<Status>(number / 5 % 4) : Status::ok;
}

SampleRow sample_row(const std::string& sample, std::size_t i) {
  SampleRow row;
  row.sample = sample;
  row.name = fmt::format("bild-ä-{}.jpg", i);
  row.image = fmt::format("picture-{}", i / 2);
  for (std::uint64_t label = 0; label < number_of(sample) % 3; ++label)
    row.labels.push_back(static_cast<std::int64_t>(label + i));
  row.predicted = static_cast<std::int64_t>(number_of(sample) % 1000);
  row.right = number_of(sample) % 2 == 0;
  row.p_predicted = value_of(sample + "p");
  row.p_label = value_of(sample + "l");
  row.margin = value_of(sample + "m");
  row.status = i == 3 ? Status::failed : Status::ok;
  row.reason = i == 3 ? "cannot be decoded" : "";
  return row;
}

Cost cost_of(std::uint64_t number, double seconds) {
  const auto part = [&](std::uint64_t below) { return static_cast<std::int64_t>(number % below); };
  return {.forwards = part(100),
          .backwards = part(10),
          .work = {.asked = part(1ull << 50), .done = part(1ull << 40)},
          .seconds = seconds};
}

ExplanationRow explanation_row(const std::string& explanation, const std::string& sample, double seconds) {
  const std::uint64_t number = number_of(explanation + sample);
  const Status status = status_of(number);
  return {explanation,
          sample,
          status,
          status == Status::ok ? "" : fmt::format("reason {}", number % 7),
          cost_of(number, seconds),
          number % 2 ? MapFigures{} : MapFigures{{"surviving", static_cast<double>(number % 100) / 100}}};
}

}  // namespace

Record sample_record(const std::string& cell, const std::string& sample, const MetricInfo& metric) {
  const std::uint64_t number = number_of(cell + sample);
  Record record{status_of(number), "", {}, cost_of(number / 3, 0)};
  if (record.status != Status::ok) record.reason = fmt::format("because {}", number % 11);
  if (record.status == Status::skipped) return record;
  for (std::size_t c = 0; c < metric.columns.size(); ++c)
    record.values.push_back(value_of(fmt::format("{}{}{}", cell, sample, c)));
  for (std::size_t c = 0; c < metric.curves.size(); ++c) {
    std::vector<double>& curve = record.curves.emplace_back();
    for (std::size_t i = 0; i < 3 + number % 5; ++i)
      curve.push_back(value_of(fmt::format("{}{}{} {}", cell, sample, c, i)));
  }
  return record;
}

Layout sample_layout(std::size_t samples) {
  Layout layout;
  layout.config = Json::parse(R"({"seed": 1, "protocols": [{"name": "paper", "scores": {"epsilon": 0.0}}]})");
  layout.provenance = {{"commit", "0123456"}, {"start", "2025-01-01T00:00:00Z"}};
  layout.metrics = {{"gain",
                     {{"p_full", "1", Better::neither, 0, 1, "probability of the image"},
                      {"steps", "steps", Better::lower, kInfinity, 0, "dilations"},
                      {"margin", "logit", Better::higher, -kInfinity, kInfinity, "distance"}}},
                    {"area",
                     {{"area", "px", Better::lower, 0, 0, "size of the mask"}},
                     {{"drop", "1", Better::higher, -1, 1, "fall of the score"}}}};
  layout.experiments = {{"e0", "imagenet", "googlenet", {}}, {"e1", "places", "alexnet", {}}};
  for (std::size_t i = 0; i < samples; ++i) layout.experiments[0].samples.push_back(fmt::format("s{:05}", i));
  for (std::size_t i = 0; i < samples / 5; ++i)
    layout.experiments[1].samples.push_back(fmt::format("t{:05}", i));
  layout.explanations = {{"x0", 0, "occ", {{"patch", 10}}, "predicted"},
                         {"x1", 0, "grad", Json::object(), "label"},
                         {"x0", 1, "occ", {{"patch", 10}}, "predicted"}};
  layout.cells = {{"c0", 0, "gain", {{"rho", 0.1}}},
                  {"c1", 0, "gain", {{"rho", 0.25}}},
                  {"c2", 0, "area", Json::object()},
                  {"c3", 1, "gain", {{"rho", 0.1}}},
                  {"c0", 2, "gain", {{"rho", 0.1}}}};
  layout.rows = {{"paper", "occ 10", 0, "rho=0.1", ""},
                 {"paper", "grad", 3, "rho=0.1", "inputs clamped at 0"}};
  return layout;
}

namespace {

ObservationRow observation_row(const CellInfo& cell, const std::string& sample, const MetricInfo& metric,
                               double seconds) {
  ObservationRow row{cell.id, sample, sample_record(cell.id, sample, metric)};
  row.record.cost.seconds = seconds;
  return row;
}

}  // namespace

std::vector<UnitResult> sample_units(const Layout& layout, std::size_t block) {
  std::vector<UnitResult> units;
  for (std::size_t e = 0; e < layout.experiments.size(); ++e) {
    const ExperimentInfo& experiment = layout.experiments[e];
    for (std::size_t i = 0; i < experiment.samples.size(); ++i) {
      const std::string& sample = experiment.samples[i];
      if (i % block == 0) units.emplace_back();
      UnitResult& unit = units.back();
      unit.experiment = experiment.id;
      unit.date = "2025-01-01T00:00:01Z";
      unit.seconds = 0.1 * static_cast<double>(units.size());
      unit.peak_memory = static_cast<std::int64_t>(units.size()) << 30;
      unit.samples.push_back(sample_row(sample, i));
      for (const ExplanationInfo& info : layout.explanations)
        if (info.experiment == static_cast<int>(e))
          unit.explanations.push_back(explanation_row(info.id, sample, unit.seconds));
      for (const CellInfo& cell : layout.cells)
        if (layout.explanations[static_cast<std::size_t>(cell.explanation)].experiment == static_cast<int>(e))
          unit.observations.push_back(observation_row(
              cell, sample, *std::ranges::find(layout.metrics, cell.metric, &MetricInfo::name),
              unit.seconds));
    }
  }
  return units;
}

Workplace sample_place(int rank) {
  return {.host = fmt::format("host{}", rank),
          .device = "NVIDIA H100",
          .uuid = fmt::format("GPU-{}", rank),
          .threads = 2,
          .blas = "/usr/lib/libblas.so.3",
          .blas_gflops = 50.5 + rank};
}

void write_journals(const std::string& folder, const std::vector<UnitResult>& units,
                    const std::function<int(std::size_t)>& rank_of) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    UnitResult unit = units[i];
    unit.rank = rank_of(i);
    unit.place = sample_place(unit.rank);
    JournalWriter(fmt::format("{}/journal/rank-{:04}.journal", folder, unit.rank)).append(unit);
  }
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same_counts(const Cost& a, const Cost& b) {
  return a.forwards == b.forwards && a.backwards == b.backwards && a.work == b.work;
}

bool same_curves(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
  return std::ranges::equal(a, b, [](const std::vector<double>& x, const std::vector<double>& y) {
    return std::ranges::equal(x, y, same_bits);
  });
}

bool same(const UnitResult& a, const UnitResult& b) {
  const auto costs = [](const Cost& x, const Cost& y) {
    return same_counts(x, y) && same_bits(x.seconds, y.seconds);
  };
  const auto samples = [](const SampleRow& x, const SampleRow& y) {
    return x.sample == y.sample && x.name == y.name && x.image == y.image && x.labels == y.labels &&
           x.predicted == y.predicted && x.right == y.right && same_bits(x.p_predicted, y.p_predicted) &&
           same_bits(x.p_label, y.p_label) && same_bits(x.margin, y.margin) && x.status == y.status &&
           x.reason == y.reason;
  };
  const auto explanations = [&](const ExplanationRow& x, const ExplanationRow& y) {
    return x.explanation == y.explanation && x.sample == y.sample && x.status == y.status &&
           x.reason == y.reason && costs(x.cost, y.cost) && x.figures == y.figures;
  };
  const auto observations = [&](const ObservationRow& x, const ObservationRow& y) {
    return x.cell == y.cell && x.sample == y.sample && x.record.status == y.record.status &&
           x.record.reason == y.record.reason &&
           std::ranges::equal(x.record.values, y.record.values, same_bits) &&
           same_curves(x.record.curves, y.record.curves) && costs(x.record.cost, y.record.cost);
  };
  return a.experiment == b.experiment && a.rank == b.rank && a.ranks == b.ranks && a.place == b.place &&
         a.date == b.date && same_bits(a.seconds, b.seconds) && a.peak_memory == b.peak_memory &&
         std::ranges::equal(a.samples, b.samples, samples) &&
         std::ranges::equal(a.explanations, b.explanations, explanations) &&
         std::ranges::equal(a.observations, b.observations, observations);
}

}  // namespace assay::test
