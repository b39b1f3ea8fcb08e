#include "harness/store/tolerance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "harness/store/schema.h"

namespace assay {
namespace {

using ExperimentKey = std::pair<std::string, std::string>;          // dataset, network
using CellKey = std::tuple<std::string, std::string, std::string>;  // dataset, network, id

const ExperimentInfo& experiment_of(const Layout& layout, const CellInfo& cell) {
  const ExplanationInfo& e = layout.explanations.at(static_cast<std::size_t>(cell.explanation));
  return layout.experiments.at(static_cast<std::size_t>(e.experiment));
}

std::string title_of(const Layout& layout, const CellInfo& cell) {
  const ExplanationInfo& e = layout.explanations.at(static_cast<std::size_t>(cell.explanation));
  const ExperimentInfo& experiment = experiment_of(layout, cell);
  return fmt::format("{} {} {} {} {} {} {}", experiment.dataset, experiment.network, e.method,
                     e.settings.dump(), e.target, cell.metric, cell.settings.dump());
}

std::map<CellKey, int> cells_of(const Layout& layout) {
  std::map<CellKey, int> cells;
  for (std::size_t i = 0; i < layout.cells.size(); ++i) {
    const ExperimentInfo& experiment = experiment_of(layout, layout.cells[i]);
    cells.emplace(CellKey{experiment.dataset, experiment.network, layout.cells[i].id}, static_cast<int>(i));
  }
  return cells;
}

/// Places of the samples that two experiments share, in the order of the first.
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
Pairs pairs_of(const ExperimentInfo& a, const ExperimentInfo& b) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < b.samples.size(); ++i) places.emplace(b.samples[i], i);
  Pairs pairs;
  for (std::size_t i = 0; i < a.samples.size(); ++i)
    if (const auto there = places.find(a.samples[i]); there != places.end())
      pairs.emplace_back(i, there->second);
  return pairs;
}

bool equal(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
bool whole(double value) {
  return std::isnan(value) || value == std::floor(value);
}

/// The records of one cell in both files.
class CellComparison {
 public:
  CellComparison(const MetricInfo& metric, double tolerance) : metric_(metric), tolerance_(tolerance) {}

  void add(const Record& a, const Record& b, CellDifference& difference) {
    ++difference.records;
    if (a.status != b.status)
      ++difference.statuses;
    else
      records_.emplace_back(&a, &b);
  }

  std::vector<ColumnDifference> columns() const {
    std::vector<ColumnDifference> all;
    std::vector<bool> discrete;
    for (std::size_t c = 0; c < metric_.columns.size(); ++c) {
      all.push_back({metric_.columns[c].name, metric_.columns[c].unit});
      discrete.push_back(is_discrete(c));
    }
    const std::size_t first = all.size();
    for (const Column& curve : stored_curves(metric_)) all.push_back({curve.name, curve.unit});
    const std::span columns = std::span(all).first(first), curves = std::span(all).subspan(first);
    for (const auto& [a, b] : records_) {
      if (note_changes(a->values, b->values, discrete, columns)) continue;
      note_distances(a->values, b->values, columns);
      note_curves(a->curves, b->curves, curves);
    }
    std::erase_if(all, [](const ColumnDifference& d) { return d.largest == 0 && d.changed == 0; });
    return all;
  }

 private:
  bool is_discrete(std::size_t column) const {
    return std::ranges::all_of(records_, [&](const auto& pair) {
      return whole(pair.first->values[column]) && whole(pair.second->values[column]);
    });
  }

  static bool note_changes(const std::vector<double>& a, const std::vector<double>& b,
                           const std::vector<bool>& discrete, std::span<ColumnDifference> columns) {
    bool changed = false;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (equal(a[c], b[c]) || !(discrete[c] || std::isnan(a[c]) || std::isnan(b[c]))) continue;
      ++columns[c].changed;
      changed = true;
    }
    return changed;
  }

  void note_distances(const std::vector<double>& a, const std::vector<double>& b,
                      std::span<ColumnDifference> columns) const {
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (!equal(a[c], b[c])) note_distance(std::abs(a[c] - b[c]), columns[c]);
  }

  void note_distance(double distance, ColumnDifference& column) const {
    column.largest = std::max(column.largest, distance);
    if (column.unit == "1" && distance > tolerance_) ++column.over;
  }

  /// The largest distance of two points of a curve; a curve of other points is a change.
  void note_curves(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b,
                   std::span<ColumnDifference> curves) const {
    static const std::vector<double> kNone;
    for (std::size_t c = 0; c < curves.size(); ++c) {
      const std::vector<double>&in_a = a.empty() ? kNone : a[c], &in_b = b.empty() ? kNone : b[c];
      const auto both = [](double x, double y) { return std::isnan(x) == std::isnan(y); };
      if (!std::ranges::equal(in_a, in_b, both)) {
        ++curves[c].changed;
        continue;
      }
      double largest = 0;
      for (std::size_t i = 0; i < in_a.size(); ++i)
        if (!equal(in_a[i], in_b[i])) largest = std::max(largest, std::abs(in_a[i] - in_b[i]));
      note_distance(largest, curves[c]);
    }
  }

  const MetricInfo& metric_;
  double tolerance_;
  std::vector<std::pair<const Record*, const Record*>> records_;
};

CellDifference compare_cell(const Results& a, int cell_a, const Results& b, int cell_b, double tolerance) {
  const CellInfo& info = a.layout().cells.at(static_cast<std::size_t>(cell_a));
  const CellInfo& other = b.layout().cells.at(static_cast<std::size_t>(cell_b));
  const MetricInfo& metric = metric_named(a.layout(), info.metric);
  const std::vector<Record> records_a = a.records(cell_a), records_b = b.records(cell_b);
  const MetricInfo& its = metric_named(b.layout(), other.metric);
  if (metric.columns.size() != its.columns.size() || metric.curves.size() != its.curves.size())
    throw DataError(fmt::format("{}: the files have other columns", info.metric));
  CellDifference difference{title_of(a.layout(), info), 0, 0, {}};
  CellComparison comparison(metric, tolerance);
  for (const auto& [in_a, in_b] : pairs_of(experiment_of(a.layout(), info), experiment_of(b.layout(), other)))
    comparison.add(records_a[in_a], records_b[in_b], difference);
  difference.columns = comparison.columns();
  return difference;
}

void count_samples(const Layout& a, const Layout& b, Agreement& agreement) {
  std::map<ExperimentKey, const ExperimentInfo*> others;
  for (const ExperimentInfo& e : b.experiments) others.emplace(ExperimentKey{e.dataset, e.network}, &e);
  for (const ExperimentInfo& e : a.experiments) {
    const auto other = others.find({e.dataset, e.network});
    if (other == others.end()) continue;
    const std::size_t common = pairs_of(e, *other->second).size();
    agreement.samples_only_a += e.samples.size() - common;
    agreement.samples_only_b +=
        other->second->samples.size() - std::min(common, other->second->samples.size());
  }
}

}  // namespace

bool Agreement::good() const {
  const auto within = [](const CellDifference& cell) {
    return cell.statuses == 0 &&
           std::ranges::all_of(cell.columns, [](const auto& column) { return column.over == 0; });
  };
  return only_a.empty() && only_b.empty() && samples_only_a == 0 && samples_only_b == 0 &&
         std::ranges::all_of(differing, within);
}

Agreement agreement(const Results& a, const Results& b, double tolerance) {
  const std::map<CellKey, int> in_a = cells_of(a.layout()), in_b = cells_of(b.layout());
  Agreement found;
  count_samples(a.layout(), b.layout(), found);
  for (const auto& [key, cell] : in_a) {
    const auto other = in_b.find(key);
    if (other == in_b.end()) {
      found.only_a.push_back(title_of(a.layout(), a.layout().cells[static_cast<std::size_t>(cell)]));
      continue;
    }
    CellDifference difference = compare_cell(a, cell, b, other->second, tolerance);
    ++found.cells;
    found.records += difference.records;
    if (difference.statuses > 0 || !difference.columns.empty())
      found.differing.push_back(std::move(difference));
  }
  for (const auto& [key, cell] : in_b)
    if (!in_a.contains(key))
      found.only_b.push_back(title_of(b.layout(), b.layout().cells[static_cast<std::size_t>(cell)]));
  return found;
}

}  // namespace assay
