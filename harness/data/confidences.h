#pragma once

#include <map>
#include <set>
#include <string>

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
  /// Throws DataError at FILE:LINE where the table gives the sample another label.
  bool sure_of(const Sample& sample) const;

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
