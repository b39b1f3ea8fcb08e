#include "harness/report/paired.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "harness/core/error.h"
#include "harness/core/statistics.h"

namespace assay {
namespace {

/// Both the mean difference and the signed ranks that the test is about speak against the row.
bool is_worse(std::vector<double> best_minus_row) {
  const double mean = mean_of(best_minus_row);
  std::erase(best_minus_row, 0.0);
  std::vector<double> sizes;
  for (const double difference : best_minus_row) sizes.push_back(std::abs(difference));
  std::vector<double> signed_ranks = average_ranks(sizes);
  for (std::size_t i = 0; i < sizes.size(); ++i) signed_ranks[i] *= best_minus_row[i] > 0 ? 1 : -1;
  return mean > 0 && mean_of(signed_ranks) > 0;
}

/// Its index; the number of rows when none qualifies.
std::size_t best_of(const std::vector<Contender>& column) {
  const std::size_t most = std::ranges::max_element(column, {}, &Contender::kept)->kept;
  std::size_t best = column.size();
  for (std::size_t i = 0; i < column.size(); ++i) {
    const Contender& row = column[i];
    if (row.kept > 0 && 2 * row.kept >= most && !row.suspect &&
        (best == column.size() || row.average > column[best].average))
      best = i;
  }
  return best;
}

}  // namespace

std::vector<double> means_by_image(const std::vector<double>& values,
                                   const std::vector<std::size_t>& images) {
  ASSAY_ASSERT(values.size() == images.size());
  std::map<std::size_t, std::vector<double>> by_image;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isnan(values[i])) by_image[images[i]].push_back(values[i]);
  std::vector<double> means;
  for (const auto& [image, its] : by_image) means.push_back(mean_of(its));
  return means;
}

void compare(std::vector<Contender>& column, const Differences& differences, double level) {
  if (column.size() < 2) return;
  const std::size_t best = best_of(column);
  if (best == column.size()) return;
  column[best].best = true;
  std::vector<std::size_t> others;
  std::vector<double> p_values;
  std::vector<bool> worse;
  for (std::size_t i = 0; i < column.size(); ++i) {
    if (i == best) continue;
    const std::vector<double> paired = differences(best, i);
    if (paired.empty()) continue;
    others.push_back(i);
    p_values.push_back(wilcoxon_p(paired));
    worse.push_back(is_worse(paired));
  }
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < others.size(); ++i) {
    column[others[i]].p = adjusted[i];
    column[others[i]].tied = !worse[i] || adjusted[i] >= 1 - level;
  }
}

}  // namespace assay
