#include "harness/report/moves.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "harness/core/statistics.h"
#include "harness/report/common_samples.h"
#include "harness/report/gain_cells.h"
#include "harness/report/league.h"
#include "harness/report/paired.h"
#include "harness/report/scored.h"
#include "harness/report/selection.h"

namespace assay {
namespace {

/// By what ranks: a metric.
using Pools = std::map<std::string, Pool>;

Pools pools_of(const Observed& observed, const ReportOptions& options) {
  const Selection selection = selection_of(observed.layout, options.metrics);
  Pools pools;
  if (!selection.gain.empty()) {
    ReportOptions gain = options;
    gain.metrics = selection.gain;
    gain.scores = overrides_for("confidence-gain", selection, options.scores);
    const GainTable table = score_cells(observed, gain);
    if (!table.cells.empty()) pools.emplace("confidence-gain", pool_of(table, measures_of(gain.metrics)));
  }
  const ScoredTable table = scored_table(observed, selection, options);
  for (const ScoredCell& cell : table.cells)
    if (!pools.contains(cell.metric)) pools.emplace(cell.metric, pool_of(table, cell.metric));
  return pools;
}

/// Differences as they are tested; nothing that is equal everywhere moved.
bool any_moved(const std::vector<double>& differences) {
  return std::ranges::any_of(differences, [](double difference) { return difference != 0; });
}

template <class Move>
void adjust(std::vector<Move>& moves, std::size_t first) {
  std::vector<double> p_values;
  for (std::size_t i = first; i < moves.size(); ++i)
    if (!std::isnan(moves[i].p)) p_values.push_back(moves[i].p);
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = first, next = 0; i < moves.size(); ++i)
    if (!std::isnan(moves[i].p)) moves[i].p = adjusted[next++];
}

/// B's minus a's values, by image.
std::vector<double> value_differences(const Candidate& a, const Candidate& b,
                                      const std::vector<std::size_t>& images) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < images.size(); ++i) differences.push_back(b.values.at(i) - a.values.at(i));
  return means_by_image(differences, images);
}

bool same_average(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void compare_candidates(const Voter& in_a, const Voter& in_b, const std::string& row, const Candidate& a,
                        const Candidate& b, Moves& moves) {
  ++moves.cells;
  const double sign = in_a.lower ? -1 : 1;
  const std::vector<double> differences = value_differences(a, b, in_a.images);
  const double before = sign * average(a.samples), after = sign * average(b.samples);
  if (same_average(before, after) && !any_moved(differences)) return;
  moves.moved_cells.push_back({.column = in_b.title,
                               .row = row,
                               .a = before,
                               .b = after,
                               .images = differences.size(),
                               .p = differences.empty() ? kNaN : wilcoxon_p(differences)});
}

void compare_columns(const Pool& a, const Pool& b, Moves& moves) {
  for (const Voter& in_a : a.voters) {
    const auto in_b = std::ranges::find(b.voters, in_a.title, &Voter::title);
    if (in_b == b.voters.end() || in_b->images.size() != in_a.images.size()) continue;
    for (std::size_t r = 0; r < a.rows.size(); ++r) {
      const auto other = std::ranges::find(b.rows, a.rows[r].name, &PoolRow::name);
      if (other == b.rows.end()) continue;
      const std::optional<Candidate>& its = in_b->rows[static_cast<std::size_t>(other - b.rows.begin())];
      if (in_a.rows[r] && its) compare_candidates(in_a, *in_b, a.rows[r].name, *in_a.rows[r], *its, moves);
    }
  }
}

/// On the images on which both rank it.
std::vector<double> rank_differences(const RanksOfImages& a, const RanksOfImages& b) {
  std::vector<double> differences;
  for (const auto& [image, rank] : a)
    if (const auto other = b.find(image); other != b.end()) differences.push_back(other->second - rank);
  return differences;
}

std::size_t place_in(const Pool& pool, const std::string& row) {
  return static_cast<std::size_t>(std::ranges::find(pool.rows, row, &PoolRow::name) - pool.rows.begin());
}

void compare_leagues(const std::string& by, const Pool& a, const Pool& b, const Observed& in_a,
                     const Observed& in_b, const ReportOptions& options, Moves& moves) {
  ReportOptions quick = options;
  quick.resamples = 1;  // intervals are not shown
  const League first = league_of(a, in_a.costs, quick), second = league_of(b, in_b.costs, quick);
  const std::vector<RanksOfImages> ranks_a = ranks_by_image(a), ranks_b = ranks_by_image(b);
  const std::size_t before = moves.moved_places.size();
  for (std::size_t place = 0; place < first.rows.size(); ++place) {
    const LeagueRow& row = first.rows[place];
    const auto other = std::ranges::find(second.rows, row.name, &LeagueRow::name);
    if (other == second.rows.end()) continue;
    ++moves.places;
    const auto there = static_cast<std::size_t>(other - second.rows.begin());
    const std::vector<double> differences =
        rank_differences(ranks_a[place_in(a, row.name)], ranks_b[place_in(b, row.name)]);
    if (place == there && same_average(row.rank, other->rank) && !any_moved(differences)) continue;
    moves.moved_places.push_back({.league = by,
                                  .row = row.name,
                                  .place_a = place + 1,
                                  .place_b = there + 1,
                                  .rank_a = row.rank,
                                  .rank_b = other->rank,
                                  .images = differences.size(),
                                  .p = differences.empty() ? kNaN : wilcoxon_p(differences)});
  }
  adjust(moves.moved_places, before);
}

}  // namespace

Moves moves_between(Observed a, Observed b, const ReportOptions& options) {
  keep_common_samples(a, b);
  const Pools in_a = pools_of(a, options), in_b = pools_of(b, options);
  Moves moves;
  for (const auto& [by, pool] : in_a) {
    const auto other = in_b.find(by);
    if (other == in_b.end()) continue;
    compare_columns(pool, other->second, moves);
    compare_leagues(by, pool, other->second, a, b, options, moves);
  }
  adjust(moves.moved_cells, 0);
  return moves;
}

}  // namespace assay
