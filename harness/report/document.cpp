#include "harness/report/document.h"

#include <fmt/format.h>

#include "harness/report/cost_table.h"
#include "harness/report/coverage.h"
#include "harness/report/gain_cells.h"
#include "harness/report/league.h"
#include "harness/report/lines.h"
#include "harness/report/long_form.h"
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

}  // namespace

Document document_of(const Observed& observed, const ReportOptions& options) {
  check(options);
  if (options.cost) return cost_document(observed, options);
  const GainTable table = score_cells(observed, options);
  if (table.cells.empty())
    throw DataError("no confidence-gain rows to show: the results hold none, or the filters leave none");
  const bool csv = options.format == "csv";
  if (options.league) {
    Document document{league_table(league_of(table, observed.costs, options), options)};
    if (!csv) document.push_back(coverage_table(observed, table));
    return document;
  }
  const Published published = read_published(options.published);
  const bool details = options.details || csv || options.format == "markdown";
  const std::vector<Line> lines = lines_of(table, published, options, details);
  if (csv) return {long_form(lines)};
  Document document = table1(table, lines);
  document.push_back(legend(table, options));
  if (details) append(document, detail_tables(lines, options.level));
  document.push_back(side_figure_table(table, published));
  document.push_back(coverage_table(observed, table));
  return document;
}

}  // namespace assay
