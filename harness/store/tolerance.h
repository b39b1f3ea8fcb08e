#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/store/results.h"

namespace assay {

/// How a column or a curve of a cell differs between two result files, over the samples that both have with
/// an equal status and equal discrete columns.
struct ColumnDifference {
  std::string column;
  std::string unit;
  double largest = 0;       // absolute
  std::size_t over = 0;     // records beyond the tolerance; only columns of unit "1" can be
  std::size_t changed = 0;  // a discrete column: records with another value; a curve: with other points
};

struct CellDifference {
  std::string cell;  // "DATASET NETWORK METHOD {settings} TARGET METRIC {settings}"
  std::size_t records = 0;
  std::size_t statuses = 0;               // records with another status
  std::vector<ColumnDifference> columns;  // those that differ at all
};

/// Two result files, cell by cell.
struct Agreement {
  std::size_t cells = 0, records = 0;                  // compared
  std::vector<std::string> only_a, only_b;             // cells
  std::size_t samples_only_a = 0, samples_only_b = 0;  // of the common experiments
  std::vector<CellDifference> differing;

  /// No cell or sample is missing, no status differs, no column is beyond the tolerance. Changed discrete
  /// outcomes are told, not judged: another batch may turn a near tie.
  bool good() const;
};

/// Matches experiments by dataset and network, cells by their id, samples by their hash. A column is discrete
/// in a cell when all its values are whole numbers or NaN. Where a discrete column has changed (one growth
/// step more), what hangs on it has too: such a record counts as changed and its other columns are left out.
/// Curves are compared point by point; points are others where their number is, or where they are numbers.
Agreement agreement(const Results& a, const Results& b, double tolerance);

}  // namespace assay
