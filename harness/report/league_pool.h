#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/lines.h"
#include "harness/report/resampling.h"

namespace assay {

/// A row in one column.
struct Candidate {
  Averaged samples;            // as the column averages them
  std::vector<double> values;  // by sample, NaN where it is left out
};

/// One column of a table as a judge of the rows.
struct Voter {
  std::string dataset;
  std::vector<std::size_t> images;             // by sample, see image_indices()
  std::vector<std::optional<Candidate>> rows;  // by row of the league; nothing where not run, or skipped
  std::string title = {};  // "paper, val / googlenet, rho 25 %, base G, SCG": the same word in every file
  bool lower = false;      // less is better there: the values of its rows have the opposite sign
};

/// A configuration.
struct PoolRow {
  std::string name;
  bool control = false;
  std::set<int> explanations;  // of all protocols and experiments
};

/// The rows in the order of the plan, and every column.
struct Pool {
  std::vector<PoolRow> rows;
  std::vector<Voter> voters;
};
/// Columns: dataset x network x protocol x rho x base x measure.
Pool pool_of(const GainTable& table, const std::vector<Measure>& measures);

/// The pool's row of that name; a new one where it has none.
std::size_t row_of(Pool& pool, const std::string& name, bool control);

/// Whether every record was skipped.
bool is_skipped(std::span<const Record> records);

/// Ranks of the values, highest = 1, ties share. Those that are not `ranked` get NaN; NaN values share the
/// last place.
std::vector<double> ranks_of(const std::vector<double>& values, const std::vector<bool>& ranked);

/// By row, by (dataset, image): the mean of its ranks on the image over the voters in which it has a value
/// for it, among the rows that have one.
using RanksOfImages = std::map<std::pair<std::string, std::size_t>, double>;
std::vector<RanksOfImages> ranks_by_image(const Pool& pool);

/// apart[a][b]: the rows can be told from each other at this level, by images (league.h).
std::vector<std::vector<bool>> told_apart(const Pool& pool, double level);

/// Letters by place; `order` holds rows, best first. Every row gets at least one; equal letters = cannot be
/// told apart.
std::vector<std::string> letters_of(const std::vector<std::size_t>& order,
                                    const std::vector<std::vector<bool>>& apart);

}  // namespace assay
