#include "harness/store/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace assay {
namespace {

using h5::Kind;
using h5::Member;
using h5::Rows;

constexpr std::array<std::string_view, 3> kBetter{"higher", "lower", "neither"};

Better better_from(const std::string& word) {
  const auto found = std::ranges::find(kBetter, word);
  if (found == kBetter.end()) throw DataError(fmt::format("'{}' is no direction", word));
  return static_cast<Better>(found - kBetter.begin());
}

std::vector<Member> experiment_members() {
  return {{"id", Kind::text}, {"dataset", Kind::text}, {"network", Kind::text}, {"samples", Kind::integer}};
}

std::vector<Member> explanation_members() {
  return {{"id", Kind::text},     {"experiment", Kind::integer}, {"line", Kind::integer},
          {"method", Kind::text}, {"settings", Kind::text},      {"target", Kind::text}};
}

std::vector<Member> cell_members() {
  return {{"id", Kind::text},       {"explanation", Kind::integer}, {"metric", Kind::text},
          {"settings", Kind::text}, {"experiment", Kind::integer},  {"line", Kind::integer}};
}

std::vector<Member> row_members() {
  return {{"protocol", Kind::text},
          {"name", Kind::text},
          {"cell", Kind::integer},
          {"variant", Kind::text},
          {"note", Kind::text}};
}

std::vector<Member> column_members() {
  return {{"metric", Kind::text}, {"column", Kind::text}, {"unit", Kind::text}, {"better", Kind::text},
          {"worst", Kind::real},  {"best", Kind::real},   {"doc", Kind::text}};
}

std::int64_t integer(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

void write_explanations(const h5::Tables& tables, const Layout& layout, const Places& places) {
  Rows rows(explanation_members());
  for (std::size_t i = 0; i < layout.explanations.size(); ++i) {
    const ExplanationInfo& e = layout.explanations[i];
    rows.add(e.id, std::int64_t{e.experiment}, integer(places.of_explanation[i]), e.method, e.settings.dump(),
             e.target);
  }
  tables.write("/explanations", rows);
}

void write_cells(const h5::Tables& tables, const Layout& layout, const Places& places) {
  Rows rows(cell_members());
  for (std::size_t i = 0; i < layout.cells.size(); ++i) {
    const CellInfo& c = layout.cells[i];
    const int experiment = layout.explanations.at(static_cast<std::size_t>(c.explanation)).experiment;
    rows.add(c.id, std::int64_t{c.explanation}, c.metric, c.settings.dump(), std::int64_t{experiment},
             integer(places.of_cell[i]));
  }
  tables.write("/cells", rows);
}

void write_names(const h5::Tables& tables, const Layout& layout) {
  Rows experiments(experiment_members());
  for (const ExperimentInfo& e : layout.experiments)
    experiments.add(e.id, e.dataset, e.network, integer(e.samples.size()));
  tables.write("/experiments", experiments);
  Rows rows(row_members());
  for (const RowInfo& r : layout.rows) rows.add(r.protocol, r.name, std::int64_t{r.cell}, r.variant, r.note);
  tables.write("/rows", rows);
  Rows columns(column_members());
  for (const MetricInfo& m : layout.metrics)
    for (const std::vector<Column>& list : {m.columns, stored_curves(m)})
      for (const Column& c : list)
        columns.add(m.name, c.name, c.unit, std::string(name_of(c.better)), c.worst, c.best, c.doc);
  tables.write("/columns", columns);
}

void read_experiments(const h5::Tables& tables, Layout& layout) {
  const Rows rows = tables.read("/experiments", experiment_members());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ExperimentInfo& info = layout.experiments.emplace_back();
    info = {rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), {}};
    const Rows samples = tables.read(samples_path(static_cast<int>(i)), {{"sample", Kind::text}});
    for (std::size_t s = 0; s < samples.size(); ++s) info.samples.push_back(samples.text(s, 0));
  }
}

/// Curves are known by their prefix.
void add_column(Column column, MetricInfo& metric) {
  const bool curve = column.name.starts_with(kCurvePrefix);
  if (curve) column.name.erase(0, kCurvePrefix.size());
  (curve ? metric.curves : metric.columns).push_back(std::move(column));
}

void read_names(const h5::Tables& tables, Layout& layout) {
  const Rows explanations = tables.read("/explanations", explanation_members());
  for (std::size_t i = 0; i < explanations.size(); ++i)
    layout.explanations.push_back({explanations.text(i, 0), static_cast<int>(explanations.integer(i, 1)),
                                   explanations.text(i, 3), Json::parse(explanations.text(i, 4)),
                                   explanations.text(i, 5)});
  const Rows cells = tables.read("/cells", cell_members());
  for (std::size_t i = 0; i < cells.size(); ++i)
    layout.cells.push_back({cells.text(i, 0), static_cast<int>(cells.integer(i, 1)), cells.text(i, 2),
                            Json::parse(cells.text(i, 3))});
  const Rows rows = tables.read("/rows", row_members());
  for (std::size_t i = 0; i < rows.size(); ++i)
    layout.rows.push_back({rows.text(i, 0), rows.text(i, 1), static_cast<int>(rows.integer(i, 2)),
                           rows.text(i, 3), rows.text(i, 4)});
  const Rows columns = tables.read("/columns", column_members());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (layout.metrics.empty() || layout.metrics.back().name != columns.text(i, 0))
      layout.metrics.push_back({columns.text(i, 0), {}});
    add_column({columns.text(i, 1), columns.text(i, 2), better_from(columns.text(i, 3)), columns.real(i, 4),
                columns.real(i, 5), columns.text(i, 6)},
               layout.metrics.back());
  }
}

}  // namespace

std::string_view name_of(Better better) {
  return kBetter.at(static_cast<std::size_t>(better));
}

std::string samples_path(int experiment) {
  return fmt::format("/samples/{}", experiment);
}
std::string costs_path(int experiment) {
  return fmt::format("/costs/{}", experiment);
}
std::string observations_path(const std::string& metric, int experiment) {
  return fmt::format("/observations/{}/{}", metric, experiment);
}

std::vector<Member> unit_members() {
  return {{"experiment", Kind::text},     {"rank", Kind::integer},    {"ranks", Kind::integer},
          {"host", Kind::text},           {"date", Kind::text},       {"seconds", Kind::real},
          {"peak_memory", Kind::integer}, {"samples", Kind::integer}, {"observations", Kind::integer},
          {"journal", Kind::text}};
}

std::vector<Member> rank_members() {
  return {{"rank", Kind::integer}, {"ranks", Kind::integer},    {"host", Kind::text},
          {"device", Kind::text},  {"uuid", Kind::text},        {"threads", Kind::integer},
          {"blas", Kind::text},    {"blas_gflops", Kind::real}, {"units", Kind::integer},
          {"seconds", Kind::real}};
}

std::vector<Member> fault_members() {
  return {{"date", Kind::text}, {"host", Kind::text}, {"rank", Kind::integer}, {"what", Kind::text}};
}

std::vector<Member> sample_members() {
  return {{"sample", Kind::text},      {"name", Kind::text},         {"image", Kind::text},
          {"labels", Kind::integers},  {"predicted", Kind::integer}, {"right", Kind::flag},
          {"p_predicted", Kind::real}, {"p_label", Kind::real},      {"margin", Kind::real},
          {"status", Kind::status},    {"reason", Kind::text}};
}

void write_layout(const h5::Tables& tables, const Layout& layout) {
  h5::write_attribute(tables.id(), "format", kFormatName, tables.name());
  h5::write_attribute(tables.id(), "version", kFormatVersion, tables.name());
  h5::write_text(tables.id(), "/config", layout.config.dump(1), tables.where("/config"));
  h5::write_text(tables.id(), "/provenance/run", layout.provenance.dump(1), tables.where("/provenance/run"));
  const Places places(layout);
  write_explanations(tables, layout, places);
  write_cells(tables, layout, places);
  write_names(tables, layout);
}

Layout read_layout(const h5::Tables& tables) {
  if (h5::read_attribute(tables.id(), "format") != kFormatName)
    throw DataError(fmt::format("{}: is no results file of assay", tables.name()));
  if (const double version = h5::read_number(tables.id(), "version"); version != kFormatVersion)
    throw DataError(
        fmt::format("{}: results of version {}, this program reads {}: run again into another "
                    "output folder, or take the program that wrote it",
                    tables.name(), version, kFormatVersion));
  try {
    Layout layout;
    layout.config = Json::parse(h5::read_text(tables.id(), "/config", tables.where("/config")));
    layout.provenance =
        Json::parse(h5::read_text(tables.id(), "/provenance/run", tables.where("/provenance/run")));
    read_experiments(tables, layout);
    read_names(tables, layout);
    return layout;
  } catch (const Json::exception& error) {
    throw DataError(fmt::format("{}: damaged: {}", tables.name(), error.what()));
  }
}

const MetricInfo& metric_named(const Layout& layout, const std::string& name) {
  const auto found = std::ranges::find(layout.metrics, name, &MetricInfo::name);
  if (found == layout.metrics.end()) throw DataError(fmt::format("no columns of metric '{}'", name));
  return *found;
}

}  // namespace assay
