#include "harness/report/map_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "harness/report/filters.h"

namespace assay {
namespace {

using ValuesByFigure = std::map<std::string, std::vector<double>>;

ValuesByFigure values_of_figures(const std::vector<MapFigures>& images) {
  ValuesByFigure values;
  for (const MapFigures& image : images)
    for (const auto& [name, value] : image)
      if (!std::isnan(value)) values[name].push_back(value);
  return values;
}

Table::Row figure_row(const std::string& block, const std::string& configuration, const std::string& figure,
                      const std::vector<double>& values) {
  const auto [lowest, highest] = std::ranges::minmax(values);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  return {.block = block,
          .name = configuration,
          .cells = {{figure},
                    {fmt::format("{}", values.size())},
                    {fmt::format("{:.3g}", mean)},
                    {fmt::format("{:.3g}", lowest)},
                    {fmt::format("{:.3g}", highest)}}};
}

}  // namespace

Table map_figure_table(const Observed& observed, const ReportOptions& options) {
  const Layout& layout = observed.layout;
  Table table{.title = "What the methods say of their maps",
              .corner = "configuration",
              .heads = {{"figure", "maps", "mean", "lowest", "highest"}},
              .left = {true},
              .rows = {},
              .notes = {}};
  const std::vector<std::string> protocols = protocols_asked(layout, options);
  for (int e = 0; e < std::ssize(layout.experiments); ++e) {
    const ExperimentInfo& experiment = layout.experiments[e];
    if (!wanted(options.datasets, experiment.dataset) || !wanted(options.networks, experiment.network))
      continue;
    std::set<int> shown;
    for (const RowInfo& row : layout.rows) {
      const int explanation = layout.cells.at(row.cell).explanation;
      if (std::ranges::find(protocols, row.protocol) == protocols.end() ||
          layout.explanations.at(explanation).experiment != e || !shown.insert(explanation).second)
        continue;
      for (const auto& [figure, values] : values_of_figures(observed.figures.at(explanation)))
        table.rows.push_back(figure_row(fmt::format("{} / {}", experiment.dataset, experiment.network),
                                        row.name, figure, values));
    }
  }
  return table;
}

}  // namespace assay
