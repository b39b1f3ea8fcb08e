#include "harness/report/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/cost_table.h"
#include "harness/report/coverage.h"
#include "harness/report/curve_tables.h"
#include "harness/report/fault_table.h"
#include "harness/report/gain_cells.h"
#include "harness/report/league.h"
#include "harness/report/lines.h"
#include "harness/report/long_form.h"
#include "harness/report/map_figures.h"
#include "harness/report/scored_tables.h"
#include "harness/report/selection.h"
#include "harness/report/side_figures.h"
#include "harness/report/table1.h"

namespace assay {
namespace {

void append(Document& document, Document more) {
  for (Table& table : more) document.push_back(std::move(table));
}

void check(const ReportOptions& options) {
  if (!(options.level > 0 && options.level < 1))
    throw ConfigError(fmt::format("level {} is not between 0 and 1", options.level));
  if (options.resamples < 1)
    throw ConfigError(fmt::format("{} resamples: needs at least 1", options.resamples));
  render({}, options.format);
}

/// What the report shows, scored.
struct Showing {
  Selection selection;
  ReportOptions gain_options;  // with the measures and scoring settings of confidence-gain
  GainTable gain;
  ScoredTable scored;

  bool empty() const { return gain.cells.empty() && scored.cells.empty(); }
};

std::string asked_metrics(const Selection& selection) {
  std::string names = selection.gain.empty() ? "" : "confidence-gain";
  for (const SelectedMetric& one : selection.scores) names += (names.empty() ? "" : ", ") + one.metric;
  return names;
}

Showing shown_by(const Observed& observed, const ReportOptions& options) {
  Showing shown{selection_of(observed.layout, options.metrics), options, {}, {}};
  const Selection& selection = shown.selection;
  shown.gain_options.metrics = selection.gain;
  if (!selection.gain.empty()) {
    shown.gain_options.scores = overrides_for("confidence-gain", selection, options.scores);
    shown.gain = score_cells(observed, shown.gain_options);
  }
  shown.scored = scored_table(observed, selection, options);
  if (shown.empty())
    throw DataError(fmt::format("no {} rows to show: the results hold none, or the filters leave none",
                                asked_metrics(selection)));
  return shown;
}

std::vector<std::string> names_of_voters(const ScoredTable& table, const std::string& metric) {
  const ScoredMetric& shown = *std::ranges::find(table.metrics, metric, &ScoredMetric::metric);
  std::vector<std::string> names;
  for (const std::size_t score : voting_scores(shown)) names.push_back(shown.scores[score].name);
  return names;
}

/// A metric none of whose scores votes (a sanity check) ranks only where it is asked for.
bool has_league(const ScoredTable& table, const std::string& metric, bool asked) {
  if (std::ranges::find(table.cells, metric, &ScoredCell::metric) == table.cells.end()) return false;
  const ScoredMetric& shown = *std::ranges::find(table.metrics, metric, &ScoredMetric::metric);
  return asked || std::ranges::any_of(shown.scores, &ScoreInfo::votes);
}

Document league_document(const Observed& observed, const Showing& shown, const ReportOptions& options) {
  std::vector<League> leagues;
  if (!shown.gain.cells.empty()) {
    leagues.push_back(league_of(shown.gain, observed.costs, shown.gain_options));
    leagues.back().by = fmt::format("{}", fmt::join(shown.selection.gain, " and "));
  }
  for (const SelectedMetric& one : shown.selection.scores)
    if (has_league(shown.scored, one.metric, !options.metrics.empty())) {
      leagues.push_back(league_of(pool_of(shown.scored, one.metric), observed.costs, options));
      leagues.back().by = fmt::format("{}", fmt::join(names_of_voters(shown.scored, one.metric), ", "));
    }
  if (leagues.empty())
    throw DataError(fmt::format("no league to show: sanity checks ({}) do not rank; ask for one by --metric",
                                asked_metrics(shown.selection)));
  if (leagues.size() == 1 && !shown.gain.cells.empty()) leagues.front().by = "";
  if (options.format == "csv" && leagues.size() > 1) return {league_long_form(leagues, options)};
  Document document;
  for (const League& league : leagues) document.push_back(league_table(league, options));
  if (leagues.size() > 1) document.push_back(agreement_table(leagues));
  return document;
}

/// Everything on confidence-gain but the coverage.
Document gain_document(const Showing& shown, const ReportOptions& options, bool details) {
  const Published published = read_published(options.published);
  const std::vector<Line> lines = lines_of(shown.gain, published, options, details);
  Document document = table1(shown.gain, lines);
  document.push_back(legend(shown.gain, options));
  if (details) append(document, detail_tables(lines, options.level));
  document.push_back(side_figure_table(shown.gain, published));
  return document;
}

/// One table: two kinds of rows do not fit into one.
Table csv_of(const Showing& shown, const ReportOptions& options) {
  if (shown.gain.cells.empty()) return scored_long_form(lines_of(shown.scored, options));
  if (!options.metrics.empty() && !shown.scored.cells.empty())
    throw ConfigError(
        fmt::format("--format csv: {} have other columns than confidence-gain; ask for one of the two",
                    asked_metrics({{}, shown.selection.scores})));
  const Published published = read_published(options.published);
  return long_form(lines_of(shown.gain, published, shown.gain_options, true));
}

Document curve_document(const Observed& observed, const Showing& shown, const ReportOptions& options) {
  if (options.format == "csv") return {curve_long_form(observed, shown.scored)};
  Document document = curve_tables(observed, shown.scored);
  if (document.empty())
    throw DataError(fmt::format("no curves to show: {} observe none, or the filters leave none",
                                asked_metrics(shown.selection)));
  return document;
}

Table coverage_of(const Observed& observed, const Showing& shown) {
  std::vector<ShownRecords> records = shown_records(shown.gain);
  const std::vector<ShownRecords> more = shown_records(shown.scored);
  records.insert(records.end(), more.begin(), more.end());
  return coverage_table(observed, records);
}

}  // namespace

Document document_of(const Observed& observed, const ReportOptions& options) {
  check(options);
  if (options.cost) return cost_document(observed, options);
  const Showing shown = shown_by(observed, options);
  if (options.curves) return curve_document(observed, shown, options);
  const bool csv = options.format == "csv";
  Document document;
  if (options.league) {
    document = league_document(observed, shown, options);
    if (csv) return {document.front()};
  } else {
    if (csv) return {csv_of(shown, options)};
    const bool details = options.details || options.format == "markdown";
    if (!shown.gain.cells.empty()) document = gain_document(shown, shown.gain_options, details);
    if (!shown.scored.cells.empty())
      append(document, scored_tables(shown.scored, lines_of(shown.scored, options), options, details));
  }
  if (Table figures = map_figure_table(observed, options); !options.league && !figures.rows.empty())
    document.push_back(std::move(figures));
  document.push_back(coverage_of(observed, shown));
  if (Table faults = fault_table(observed); options.details && !faults.notes.empty())
    document.push_back(std::move(faults));
  return document;
}

}  // namespace assay
