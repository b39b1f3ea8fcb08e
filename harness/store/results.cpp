#include "harness/store/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/store/schema.h"

namespace assay {
namespace {

h5::Tables open_results(const std::string& file) {
  if (!std::filesystem::exists(file))
    throw DataError(fmt::format("{}: no such file; `assay run` and `assay merge` write it", file));
  return {h5::open_file(file), file};
}

std::size_t index(int value) {
  return static_cast<std::size_t>(value);
}

}  // namespace

struct Results::Self {
  explicit Self(const std::string& file)
      : tables(open_results(file)), layout(read_layout(tables)), places(layout) {}
  h5::Tables tables;
  Layout layout;
  Places places;
};

Results::Results(const std::string& file) : self_(std::make_unique<Self>(file)) {}
Results::~Results() = default;

const Layout& Results::layout() const {
  return self_->layout;
}

std::vector<SampleRow> Results::samples(int experiment) const {
  const h5::Rows rows = self_->tables.read(samples_path(experiment), sample_members());
  std::vector<SampleRow> samples(rows.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = {rows.text(i, 0),    rows.text(i, 1),   rows.text(i, 2), rows.integers(i, 3),
                  rows.integer(i, 4), rows.flag(i, 5),   rows.real(i, 6), rows.real(i, 7),
                  rows.real(i, 8),    rows.status(i, 9), rows.text(i, 10)};
  return samples;
}

std::vector<Record> Results::records(int cell) const {
  const CellInfo& info = self_->layout.cells.at(index(cell));
  const int experiment = self_->layout.explanations.at(index(info.explanation)).experiment;
  const MetricInfo& metric = metric_named(self_->layout, info.metric);
  const std::size_t columns = metric.columns.size(), curves = metric.curves.size();
  const h5::Rows rows =
      self_->tables.read_line(observations_path(info.metric, experiment), observation_members(metric),
                              self_->places.of_cell[index(cell)]);
  std::vector<Record> records(rows.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i] = {rows.status(i, 0), rows.text(i, 1), {}};
    for (std::size_t c = 0; c < columns; ++c) records[i].values.push_back(rows.real(i, 2 + c));
    for (std::size_t c = 0; c < curves; ++c) records[i].curves.push_back(rows.reals(i, 2 + columns + c));
    const auto empty = [](const std::vector<double>& curve) { return curve.empty(); };
    if (std::ranges::all_of(records[i].curves, empty)) records[i].curves.clear();
    records[i].cost = cost_at(rows, i, 2 + columns + curves);
  }
  return records;
}

std::vector<ExplanationRow> Results::explanations(int explanation) const {
  const ExplanationInfo& info = self_->layout.explanations.at(index(explanation));
  const h5::Rows rows = self_->tables.read_line(costs_path(info.experiment), cost_members(),
                                                self_->places.of_explanation[index(explanation)]);
  const std::vector<std::string>& samples = self_->layout.experiments.at(index(info.experiment)).samples;
  std::vector<ExplanationRow> found(rows.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    found[i] = {info.id,         samples.at(i),       rows.status(i, 0),
                rows.text(i, 1), cost_at(rows, i, 3), figures_from(rows.text(i, 2))};
  return found;
}

std::vector<UnitResult> Results::units() const {
  const h5::Rows rows = self_->tables.read(kUnitsPath, unit_members());
  std::vector<UnitResult> units(rows.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    units[i].experiment = rows.text(i, 0);
    units[i].rank = static_cast<int>(rows.integer(i, 1));
    units[i].ranks = static_cast<int>(rows.integer(i, 2));
    units[i].place.host = rows.text(i, 3);
    units[i].date = rows.text(i, 4);
    units[i].seconds = rows.real(i, 5);
    units[i].peak_memory = rows.integer(i, 6);
  }
  return units;
}

std::vector<Fault> Results::faults() const {
  std::vector<Fault> faults;
  if (!self_->tables.has(kFaultsPath)) return faults;
  const h5::Rows rows = self_->tables.read(kFaultsPath, fault_members());
  for (std::size_t i = 0; i < rows.size(); ++i)
    faults.push_back(
        {rows.text(i, 0), rows.text(i, 1), static_cast<int>(rows.integer(i, 2)), rows.text(i, 3)});
  return faults;
}

}  // namespace assay
