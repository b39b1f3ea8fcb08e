#include "harness/report/observed.h"

namespace assay {
namespace {

void add_explanation(const std::vector<ExplanationRow>& rows, Observed& observed) {
  std::vector<Cost>& costs = observed.costs.emplace_back();
  std::vector<MapFigures>& figures = observed.figures.emplace_back();
  for (const ExplanationRow& row : rows) {
    if (row.status != Status::ok && row.status != Status::suspect) continue;
    costs.push_back(row.cost);
    figures.push_back(row.figures);
  }
}

}  // namespace

Observed load(const Results& results) {
  Observed observed{.layout = results.layout(),
                    .samples = {},
                    .records = {},
                    .costs = {},
                    .figures = {},
                    .units = results.units(),
                    .faults = results.faults()};
  const Layout& layout = observed.layout;
  for (std::size_t i = 0; i < layout.experiments.size(); ++i)
    observed.samples.push_back(results.samples(static_cast<int>(i)));
  for (std::size_t i = 0; i < layout.cells.size(); ++i)
    observed.records.push_back(results.records(static_cast<int>(i)));
  for (std::size_t i = 0; i < layout.explanations.size(); ++i)
    add_explanation(results.explanations(static_cast<int>(i)), observed);
  return observed;
}

}  // namespace assay
