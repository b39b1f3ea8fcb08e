#include "harness/report/curve_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/report/add_once.h"

namespace assay {
namespace {

constexpr std::size_t kStepsShown = 10;
constexpr std::string_view kSeedUnit = "seed";  // of curves that are no measurement

/// The values of the samples at one step of a curve.
struct CurvePoint {
  std::vector<double> values;
  /// Exact where all are equal.
  double mean() const {
    double sum = 0;
    for (const double value : values) sum += value - values.front();
    return values.empty() ? kNaN : values.front() + sum / static_cast<double>(values.size());
  }
  double deviation() const {
    if (values.size() < 2) return kNaN;
    double squares = 0;
    for (const double value : values) squares += (value - mean()) * (value - mean());
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
  }
};

std::vector<CurvePoint> points_of(const ScoredCell& cell, std::size_t curve) {
  std::vector<CurvePoint> points;
  for (const Record& record : cell.records) {
    if (curve >= record.curves.size()) continue;
    const std::vector<double>& values = record.curves[curve];
    points.resize(std::max(points.size(), values.size()));
    for (std::size_t step = 0; step < values.size(); ++step)
      if (!std::isnan(values[step])) points[step].values.push_back(values[step]);
  }
  return points;
}

const std::vector<Column>& curves_of(const Observed& observed, const std::string& metric) {
  static const std::vector<Column> none;
  const std::vector<MetricInfo>& metrics = observed.layout.metrics;
  const auto found = std::ranges::find(metrics, metric, &MetricInfo::name);
  return found == metrics.end() ? none : found->curves;
}

/// Of so many steps those that a page shows, the first and the last among them.
std::vector<std::size_t> steps_shown(std::size_t steps) {
  const std::size_t count = std::min(steps, kStepsShown);
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < count; ++i) shown.push_back(count == 1 ? 0 : i * (steps - 1) / (count - 1));
  return shown;
}

std::string plain_number(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.4g}", value);
}

Table::Row curve_row(const ScoredCell& cell, std::size_t curve, const std::vector<std::size_t>& steps) {
  const std::vector<CurvePoint> points = points_of(cell, curve);
  Table::Row row{.block = cell.variant, .name = cell.row, .cells = {}};
  for (const std::size_t step : steps)
    row.cells.push_back({plain_number(step < points.size() ? points[step].mean() : kNaN)});
  return row;
}

/// One curve of the cells of a metric, protocol and experiment.
Table curve_table(const std::vector<const ScoredCell*>& cells, const Column& curve, std::size_t index) {
  const ScoredCell& first = *cells.front();
  Table table{.title = fmt::format("{}: {} ({}), mean by step: {} / {}, protocol {}", first.metric,
                                   curve.name, curve.unit, first.dataset, first.network, first.protocol),
              .corner = "configuration",
              .heads = {},
              .left = {},
              .rows = {},
              .notes = {curve.doc}};
  std::size_t most = 0;
  std::vector<std::string> variants;
  for (const ScoredCell* cell : cells) {
    most = std::max(most, points_of(*cell, index).size());
    add_once(variants, cell->variant);
  }
  const std::vector<std::size_t> steps = steps_shown(most);
  table.heads.emplace_back();
  for (const std::size_t step : steps) table.heads.front().push_back(fmt::format("{}", step + 1));
  for (const std::string& variant : variants)
    for (const ScoredCell* cell : cells)
      if (cell->variant == variant) table.rows.push_back(curve_row(*cell, index, steps));
  return table;
}

/// Cells of one metric, protocol and experiment stand together.
std::vector<std::vector<const ScoredCell*>> cells_by_table(const ScoredTable& table) {
  std::vector<std::vector<const ScoredCell*>> groups;
  for (const ScoredCell& cell : table.cells) {
    const auto same = std::ranges::find_if(groups, [&](const std::vector<const ScoredCell*>& group) {
      const ScoredCell& first = *group.front();
      return first.metric == cell.metric && first.protocol == cell.protocol &&
             first.experiment == cell.experiment;
    });
    if (same == groups.end())
      groups.push_back({&cell});
    else
      same->push_back(&cell);
  }
  return groups;
}

std::string csv_number(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.17g}", value);
}

}  // namespace

Document curve_tables(const Observed& observed, const ScoredTable& table) {
  Document document;
  for (const std::vector<const ScoredCell*>& cells : cells_by_table(table)) {
    const std::vector<Column>& curves = curves_of(observed, cells.front()->metric);
    for (std::size_t i = 0; i < curves.size(); ++i) {
      if (curves[i].unit == kSeedUnit) continue;
      if (Table made = curve_table(cells, curves[i], i); made.columns() > 0)
        document.push_back(std::move(made));
    }
  }
  return document;
}

Table curve_long_form(const Observed& observed, const ScoredTable& table) {
  Table made;
  made.corner = "protocol";
  made.heads = {{"dataset", "network", "metric", "variant", "row", "method", "curve", "unit", "step", "mean",
                 "deviation", "samples"}};
  for (const ScoredCell& cell : table.cells) {
    const std::vector<Column>& curves = curves_of(observed, cell.metric);
    for (std::size_t i = 0; i < curves.size(); ++i) {
      const std::vector<CurvePoint> points = points_of(cell, i);
      for (std::size_t step = 0; step < points.size(); ++step)
        made.rows.push_back({.block = "",
                             .name = cell.protocol,
                             .cells = {{cell.dataset},
                                       {cell.network},
                                       {cell.metric},
                                       {cell.variant},
                                       {cell.row},
                                       {cell.method},
                                       {curves[i].name},
                                       {curves[i].unit},
                                       {fmt::format("{}", step + 1)},
                                       {csv_number(points[step].mean())},
                                       {csv_number(points[step].deviation())},
                                       {fmt::format("{}", points[step].values.size())}}});
    }
  }
  return made;
}

}  // namespace assay
