#include "harness/report/observed.h"

namespace assay {
namespace {

std::vector<Cost> costs_of(const std::vector<ExplanationRow>& rows) {
  std::vector<Cost> costs;
  for (const ExplanationRow& row : rows)
    if (row.status == Status::ok || row.status == Status::suspect) costs.push_back(row.cost);
  return costs;
}

}  // namespace

Observed load(const Results& results) {
  Observed observed{
      .layout = results.layout(), .samples = {}, .records = {}, .costs = {}, .units = results.units()};
  const Layout& layout = observed.layout;
  for (std::size_t i = 0; i < layout.experiments.size(); ++i)
    observed.samples.push_back(results.samples(static_cast<int>(i)));
  for (std::size_t i = 0; i < layout.cells.size(); ++i)
    observed.records.push_back(results.records(static_cast<int>(i)));
  for (std::size_t i = 0; i < layout.explanations.size(); ++i)
    observed.costs.push_back(costs_of(results.explanations(static_cast<int>(i))));
  return observed;
}

}  // namespace assay
