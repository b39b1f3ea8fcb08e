#include "harness/report/league.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "harness/core/statistics.h"
#include "harness/report/league_pool.h"
#include "harness/report/numbers.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

bool is_skipped(const GainCell& cell) {
  return std::ranges::all_of(cell.records, [](const Record& r) { return r.status == Status::skipped; });
}

/// Mean over what is a number.
std::vector<double> mean_by_row(const std::vector<std::vector<double>>& ranks, std::size_t rows) {
  std::vector<double> means(rows, kNaN);
  for (std::size_t r = 0; r < rows; ++r) {
    double sum = 0;
    int count = 0;
    for (const auto& voter : ranks) {
      if (std::isnan(voter[r])) continue;
      sum += voter[r];
      ++count;
    }
    if (count) means[r] = sum / count;
  }
  return means;
}

/// By voter, then row; nothing where a row is not ranked.
using Averages = std::vector<std::vector<std::optional<Averaged>>>;

Averages averages_of(const Pool& pool) {
  Averages averages;
  for (const Voter& voter : pool.voters) {
    auto& rows = averages.emplace_back(voter.cells.size());
    for (std::size_t r = 0; r < voter.cells.size(); ++r)
      if (voter.cells[r] && !is_skipped(*voter.cells[r]))
        rows[r] = averaged(*voter.cells[r], voter.measure, *voter.scoring);
  }
  return averages;
}

using Images = std::pair<std::string, std::size_t>;       // dataset, number of images
using Times = std::map<Images, std::span<const double>>;  // how often each image is there

Images images_of(const Voter& voter) {
  return {voter.dataset, voter.images};
}

std::vector<std::vector<double>> ranks_by_voter(const Pool& pool, const Averages& averages,
                                                const Times& times) {
  std::vector<std::vector<double>> ranks;
  for (std::size_t v = 0; v < pool.voters.size(); ++v) {
    std::vector<double> means(averages[v].size(), kNaN);
    std::vector<bool> ranked(averages[v].size(), false);
    for (std::size_t r = 0; r < means.size(); ++r) {
      if (!averages[v][r]) continue;
      ranked[r] = true;
      means[r] = average(*averages[v][r], times.at(images_of(pool.voters[v])));
    }
    ranks.push_back(ranks_of(means, ranked));
  }
  return ranks;
}

std::vector<std::vector<double>> ranks_on_all_images(const Pool& pool, const Averages& averages) {
  std::map<Images, std::vector<double>> ones;
  Times times;
  for (const Voter& voter : pool.voters) {
    std::vector<double>& once = ones[images_of(voter)];
    once.assign(voter.images, 1.0);
    times[images_of(voter)] = once;
  }
  return ranks_by_voter(pool, averages, times);
}

std::vector<Interval> intervals_of(const Pool& pool, const Averages& averages, const ReportOptions& options) {
  std::map<Images, Rounds> rounds;
  for (const Voter& voter : pool.voters)
    rounds.try_emplace(images_of(voter), voter.dataset, voter.images, options.seed);
  std::vector<std::vector<double>> samples(pool.rows.size());
  for (int i = 0; i < options.resamples; ++i) {
    Times times;
    for (auto& [images, drawn] : rounds) times[images] = drawn.next();
    const std::vector<double> means = mean_by_row(ranks_by_voter(pool, averages, times), pool.rows.size());
    for (std::size_t r = 0; r < means.size(); ++r) samples[r].push_back(means[r]);
  }
  std::vector<Interval> intervals;
  for (auto& row : samples) intervals.push_back(percentile_interval(std::move(row), options.level));
  return intervals;
}

/// The mean of its maps.
Cost cost_of(const GainTable& table, const std::string& row, const std::vector<std::vector<Cost>>& costs) {
  std::set<int> explanations;
  for (const GainCell& cell : table.cells)
    if (cell.row == row) explanations.insert(cell.explanation);
  Cost sum;
  std::int64_t maps = 0;
  for (const int explanation : explanations)
    for (const Cost& cost : costs.at(static_cast<std::size_t>(explanation))) {
      sum += cost;
      ++maps;
    }
  return share_of(sum, std::max<std::int64_t>(maps, 1));
}

bool is_control(const GainTable& table, const std::string& row) {
  return std::ranges::find(table.cells, row, &GainCell::row)->control;
}

}  // namespace

League league_of(const GainTable& table, const std::vector<std::vector<Cost>>& costs,
                 const ReportOptions& options) {
  const Pool pool = pool_of(table, measures_of(options.metrics));
  const Averages averages = averages_of(pool);
  const auto by_voter = ranks_on_all_images(pool, averages);
  const std::vector<double> means = mean_by_row(by_voter, pool.rows.size());
  const std::vector<Interval> intervals = intervals_of(pool, averages, options);
  std::vector<std::size_t> order(pool.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t r) {
    return std::isnan(means[r]) ? std::numeric_limits<double>::max() : means[r];
  });
  const std::vector<std::string> letters = letters_of(order, told_apart(pool, options.level));
  League league{.voters = pool.voters.size(), .rows = {}};
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t r = order[place];
    const auto voters =
        std::ranges::count_if(by_voter, [&](const auto& ranks) { return !std::isnan(ranks[r]); });
    league.rows.push_back({.name = pool.rows[r],
                           .control = is_control(table, pool.rows[r]),
                           .rank = means[r],
                           .interval = intervals[r],
                           .voters = static_cast<std::size_t>(voters),
                           .letters = letters[place],
                           .cost = cost_of(table, pool.rows[r], costs)});
  }
  return league;
}

Table league_table(const League& league, const ReportOptions& options) {
  Table table{.title = "League: mean rank over " + fmt::format("{}", league.voters) + " columns, 1 = best",
              .corner = "configuration",
              .heads = {{"mean rank", percent(options.level) + " interval", "ties", "columns", "kind",
                         "forwards", "backwards", "seconds"}},
              .left = {false, false, true, false, true, false, false, false},
              .rows = {},
              .notes = {}};
  for (const LeagueRow& row : league.rows) {
    const bool ranked = !std::isnan(row.rank);
    table.rows.push_back(
        {.block = "",
         .name = row.name,
         .cells = {{ranked ? fmt::format("{:.2f}", row.rank) : "skipped"},
                   {std::isnan(row.interval.low)
                        ? "-"
                        : fmt::format("{:.2f}..{:.2f}", row.interval.low, row.interval.high)},
                   {ranked ? row.letters : "-"},
                   {fmt::format("{}", row.voters)},
                   {row.control ? "control" : "method"},
                   {fmt::format("{}", row.cost.forwards)},
                   {fmt::format("{}", row.cost.backwards)},
                   {fmt::format("{:.2f}", row.cost.seconds)}}});
  }
  table.notes = {fmt::format("rows that share a letter cannot be told apart (Wilcoxon over images, Holm over "
                             "all pairs, {} level)",
                             percent(1 - options.level)),
                 "forwards, backwards, seconds: of making one map of one image, whatever ran before"};
  return table;
}

}  // namespace assay
