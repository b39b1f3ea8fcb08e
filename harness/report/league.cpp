#include "harness/report/league.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "harness/core/statistics.h"
#include "harness/report/league_pool.h"
#include "harness/report/numbers.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

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

using Images = std::pair<std::string, std::size_t>;       // dataset, number of samples
using Times = std::map<Images, std::span<const double>>;  // how often each sample is there

Images images_of(const Voter& voter) {
  return {voter.dataset, voter.images.size()};
}

std::vector<std::vector<double>> ranks_by_voter(const Pool& pool, const Times& times) {
  std::vector<std::vector<double>> ranks;
  for (const Voter& voter : pool.voters) {
    std::vector<double> means(voter.rows.size(), kNaN);
    std::vector<bool> ranked(voter.rows.size(), false);
    for (std::size_t r = 0; r < means.size(); ++r) {
      if (!voter.rows[r]) continue;
      ranked[r] = true;
      means[r] = average(voter.rows[r]->samples, times.at(images_of(voter)));
    }
    ranks.push_back(ranks_of(means, ranked));
  }
  return ranks;
}

std::vector<std::vector<double>> ranks_on_all_images(const Pool& pool) {
  std::map<Images, std::vector<double>> ones;
  Times times;
  for (const Voter& voter : pool.voters) {
    std::vector<double>& once = ones[images_of(voter)];
    once.assign(voter.images.size(), 1.0);
    times[images_of(voter)] = once;
  }
  return ranks_by_voter(pool, times);
}

std::vector<Interval> intervals_of(const Pool& pool, const ReportOptions& options) {
  std::map<Images, Rounds> rounds;
  for (const Voter& voter : pool.voters)
    rounds.try_emplace(images_of(voter), voter.dataset, voter.images, options.seed);
  std::vector<std::vector<double>> samples(pool.rows.size());
  for (int i = 0; i < options.resamples; ++i) {
    Times times;
    for (auto& [images, drawn] : rounds) times[images] = drawn.next();
    const std::vector<double> means = mean_by_row(ranks_by_voter(pool, times), pool.rows.size());
    for (std::size_t r = 0; r < means.size(); ++r) samples[r].push_back(means[r]);
  }
  std::vector<Interval> intervals;
  for (auto& row : samples) intervals.push_back(percentile_interval(std::move(row), options.level));
  return intervals;
}

/// The mean of its maps.
Cost cost_of(const PoolRow& row, const std::vector<std::vector<Cost>>& costs) {
  Cost sum;
  std::int64_t maps = 0;
  for (const int explanation : row.explanations)
    for (const Cost& cost : costs.at(static_cast<std::size_t>(explanation))) {
      sum += cost;
      ++maps;
    }
  return share_of(sum, std::max<std::int64_t>(maps, 1));
}

/// Mean ranks of the rows that are ranked in both, side by side.
std::pair<std::vector<double>, std::vector<double>> common_ranks(const League& a, const League& b) {
  std::pair<std::vector<double>, std::vector<double>> ranks;
  for (const LeagueRow& row : a.rows) {
    const auto other = std::ranges::find(b.rows, row.name, &LeagueRow::name);
    if (other == b.rows.end() || std::isnan(row.rank) || std::isnan(other->rank)) continue;
    ranks.first.push_back(row.rank);
    ranks.second.push_back(other->rank);
  }
  return ranks;
}

}  // namespace

League league_of(const Pool& pool, const std::vector<std::vector<Cost>>& costs,
                 const ReportOptions& options) {
  const auto by_voter = ranks_on_all_images(pool);
  const std::vector<double> means = mean_by_row(by_voter, pool.rows.size());
  const std::vector<Interval> intervals = intervals_of(pool, options);
  std::vector<std::size_t> order(pool.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t r) {
    return std::isnan(means[r]) ? std::numeric_limits<double>::max() : means[r];
  });
  const std::vector<std::string> letters = letters_of(order, told_apart(pool, options.level));
  League league{.voters = pool.voters.size(), .rows = {}, .by = ""};
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t r = order[place];
    const auto voters =
        std::ranges::count_if(by_voter, [&](const auto& ranks) { return !std::isnan(ranks[r]); });
    league.rows.push_back({.name = pool.rows[r].name,
                           .control = pool.rows[r].control,
                           .rank = means[r],
                           .interval = intervals[r],
                           .voters = static_cast<std::size_t>(voters),
                           .letters = letters[place],
                           .cost = cost_of(pool.rows[r], costs)});
  }
  return league;
}

League league_of(const GainTable& table, const std::vector<std::vector<Cost>>& costs,
                 const ReportOptions& options) {
  return league_of(pool_of(table, measures_of(options.metrics)), costs, options);
}

Table agreement_table(const std::vector<League>& leagues) {
  Table table{
      .title = "Agreement of the orderings: Kendall's tau-b of the mean ranks",
      .corner = "ranked by",
      .heads = {{}},
      .left = {},
      .rows = {},
      .notes = {"(configurations that both rank), controls included; 1 = the same order, -1 = the opposite"}};
  for (const League& league : leagues) {
    table.heads.front().push_back(league.by);
    Table::Row& row = table.rows.emplace_back();
    row.name = league.by;
    for (const League& other : leagues) {
      const auto [mine, its] = common_ranks(league, other);
      const double tau = kendall_tau(mine, its);
      row.cells.push_back(
          {std::isnan(tau) ? "-" : fmt::format("{:.2f}", tau), fmt::format("({})", mine.size())});
    }
  }
  return table;
}

Table league_table(const League& league, const ReportOptions& options) {
  const std::string by = league.by.empty() ? "" : " by " + league.by;
  Table table{.title = fmt::format("League{}: mean rank over {} columns, 1 = best", by, league.voters),
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

Table league_long_form(const std::vector<League>& leagues, const ReportOptions& options) {
  Table all;
  all.corner = "league";
  for (const League& league : leagues) {
    const Table one = league_table(league, options);
    all.heads = one.heads;
    all.heads.front().insert(all.heads.front().begin(), one.corner);
    for (const Table::Row& row : one.rows) {
      Table::Row& named = all.rows.emplace_back();
      named.name = league.by;
      named.cells.push_back({row.name});
      named.cells.insert(named.cells.end(), row.cells.begin(), row.cells.end());
    }
  }
  return all;
}

}  // namespace assay
