#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "harness/report/table.h"

namespace assay {

/// A number of a table that is another one in the second results. p: Wilcoxon on the differences of images
/// (means of their samples) that both keep, Holm over all numbers that moved; NaN where no image is shared.
struct CellMove {
  std::string column;  // Voter::title
  std::string row;
  double a = 0, b = 0;     // averages; NaN where nothing is kept
  std::size_t images = 0;  // that both keep
  double p = 0;
};

/// A configuration whose mean rank in a league is another one. p: Wilcoxon on the differences of its mean
/// ranks on each image, Holm over the configurations of the league that moved.
struct PlaceMove {
  std::string league, row;
  std::size_t place_a = 0, place_b = 0;  // 1 = the best
  double rank_a = 0, rank_b = 0;
  std::size_t images = 0;
  double p = 0;
};

/// What became of the tables of one file in another one.
struct Moves {
  std::size_t cells = 0;   // numbers that both tables have
  std::size_t places = 0;  // rows that both leagues have
  std::vector<CellMove> moved_cells;
  std::vector<PlaceMove> moved_places;
};

/// Compares every number that ranks configurations and every league, on the samples that both have. Columns
/// and rows are matched by what tables call them.
Moves moves_between(Observed a, Observed b, const ReportOptions& options);

/// Two tables, of the numbers and of the places that moved, at most `limit` lines each, those of the
/// smallest p first; none where nothing moved. `level` as in ReportOptions.
Document moves_document(const Moves& moves, std::size_t limit, double level);

}  // namespace assay
