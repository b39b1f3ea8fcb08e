#pragma once

#include <string>
#include <vector>

#include "harness/report/lines.h"

namespace assay {

/// One column of the table as a judge of the rows: cells by row of the league, nullptr where a row was not
/// run.
struct Voter {
  Measure measure = Measure::scg;
  const GainProtocol* scoring = nullptr;
  std::string dataset;
  std::size_t images = 0;
  std::vector<const GainCell*> cells;
};

/// The rows in the order of the plan, and every column (dataset x network x protocol x rho x base x measure).
/// Points into the table.
struct Pool {
  std::vector<std::string> rows;
  std::vector<Voter> voters;
};
Pool pool_of(const GainTable& table, const std::vector<Measure>& measures);

/// Ranks of the values, highest = 1, ties share. Those that are not `ranked` get NaN; NaN values share the
/// last place.
std::vector<double> ranks_of(const std::vector<double>& values, const std::vector<bool>& ranked);

/// apart[a][b]: the rows can be told from each other at this level, by images (league.h).
std::vector<std::vector<bool>> told_apart(const Pool& pool, double level);

/// Letters by place; `order` holds rows, best first. Every row gets at least one; equal letters = cannot be
/// told apart.
std::vector<std::string> letters_of(const std::vector<std::size_t>& order,
                                    const std::vector<std::vector<bool>>& apart);

}  // namespace assay
