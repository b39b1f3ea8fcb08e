#include "harness/report/observed.h"

namespace assay {
namespace {

Cost mean_cost(const std::vector<ExplanationRow>& rows) {
  Cost sum;
  std::int64_t count = 0;
  for (const ExplanationRow& row : rows) {
    if (row.status != Status::ok) continue;
    sum += row.cost;
    ++count;
  }
  if (count == 0) return {};
  return {.forwards = sum.forwards / count,
          .backwards = sum.backwards / count,
          .seconds = sum.seconds / static_cast<double>(count)};
}

bool is_reported(const std::string& metric) {
  return metric == "confidence-gain" || metric == "region-overlap";
}

}  // namespace

Observed load(const Results& results) {
  Observed observed{.layout = results.layout(), .samples = {}, .records = {}, .costs = {}};
  const Layout& layout = observed.layout;
  for (std::size_t i = 0; i < layout.experiments.size(); ++i)
    observed.samples.push_back(results.samples(static_cast<int>(i)));
  for (std::size_t i = 0; i < layout.cells.size(); ++i)
    observed.records.push_back(is_reported(layout.cells[i].metric) ? results.records(static_cast<int>(i))
                                                                   : std::vector<Record>());
  for (std::size_t i = 0; i < layout.explanations.size(); ++i)
    observed.costs.push_back(mean_cost(results.explanations(static_cast<int>(i))));
  return observed;
}

}  // namespace assay
