#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/data/dataset.h"

namespace assay {

/// Says of which images networks are sure. A table of comma-separated values whose first line names the
/// columns: `name` or `file` (of the sample), the probability of the true class (`column`, otherwise `p` or
/// `p_true`; empty = unknown), and, where there are such, `network` and `label` (index or key). An image
/// counts when every network of the table is sure of it.
class Confidences {
 public:
  /// Throws DataError at FILE:LINE for a missing column and a field that is no probability.
  Confidences(const std::string& file, const std::string& column, double threshold);
  /// Throws DataError at FILE:LINE where the table gives the image another label.
  bool sure_of(const MosaicTile& tile) const;
  /// How images and table match, for messages: "p.csv: of 10 images 0 are among its 20 names (a.png here,
  /// val/a.png there), 0 of these with p >= 0.99".
  std::string match(const std::vector<MosaicTile>& tiles) const;
  bool knows(const MosaicTile& tile) const { return rows_.contains(tile.name); }

 private:
  struct Row {
    double least = 1;
    std::set<std::string> networks;
    std::string label;
    int line = 0;
  };
  std::string file_;
  double threshold_;
  std::map<std::string, Row> rows_;  // by name
  std::set<std::string> networks_;
};

}  // namespace assay
