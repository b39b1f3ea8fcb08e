#pragma once

#include <limits>
#include <string>
#include <vector>

#include "harness/report/league_pool.h"
#include "harness/report/lines.h"
#include "harness/report/table.h"

namespace assay {

/// A method's place in the league.
struct LeagueRow {
  std::string name;
  bool control = false;
  double rank = 0;    // mean over its voters, 1 = best; NaN when it was skipped everywhere
  Interval interval;  // bootstrap over images, the same draw in all columns of a dataset
  std::size_t voters = 0;
  std::string letters;  // rows that share a letter cannot be told apart
  Cost cost;            // mean over its maps of all protocols and networks
};

struct League {
  std::size_t voters = 0;
  std::vector<LeagueRow> rows;  // best first
  std::string by;               // what its columns show; empty where a report has no other league
};

/// Every column is a voter that ranks the rows by their averages, higher = better, ties share. A row without
/// a value there shares the last place when its images were left out, and is not ranked when it was skipped.
/// Pairs of rows are told apart over images: an image's difference is the mean, over the voters where both
/// rows have a value for it, of the difference of their ranks among the rows that have one; Wilcoxon, Holm
/// over all pairs. Letters stand for runs of neighbours in which no pair can be told apart. `costs` are those
/// of Observed.
League league_of(const Pool& pool, const std::vector<std::vector<Cost>>& costs, const ReportOptions& options);
/// By the measures of `options`, every dataset x network x protocol x rho x base x measure a voter.
League league_of(const GainTable& table, const std::vector<std::vector<Cost>>& costs,
                 const ReportOptions& options);

Table league_table(const League& league, const ReportOptions& options);

/// Several leagues as one table, what each is by in a column `league`.
Table league_long_form(const std::vector<League>& leagues, const ReportOptions& options);

/// Kendall's tau-b between the mean ranks of every two leagues, over the rows that both rank.
Table agreement_table(const std::vector<League>& leagues);

}  // namespace assay
