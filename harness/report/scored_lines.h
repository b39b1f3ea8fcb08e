#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/statistics.h"
#include "harness/report/scored.h"

namespace assay {

/// One score of one cell and everything that is known about it. Values are not yet x100.
struct ScoredLine {
  const ScoredCell* cell = nullptr;
  const ScoreInfo* info = nullptr;
  std::size_t score = 0;  // its place in ScoredRecord::scores
  double average = 0;     // NaN when nothing is kept
  Interval interval;      // bootstrap over images; NaN where fewer than two keep a sample
  double median = 0;      // of the samples' values
  Interval quartiles;     // of the samples' values
  double chance = 0;      // average of ScoreValue::chance over the samples that have one
  double chance_median = 0;
  std::size_t kept = 0, suspect = 0;            // samples
  std::map<std::string, std::size_t> left_out;  // samples by reason
  std::optional<double> p;                      // against the best row of the column, see compare()
  bool best = false, tied = false;
  std::string why;  // instead of a value
};

/// Lines by cell, then score. A column is (protocol, experiment, metric, variant, score); rows are compared
/// in it, where ScoreInfo::compared, by their differences on each image, averaged over the samples of the
/// image that both keep. Points into the table.
std::vector<ScoredLine> lines_of(const ScoredTable& table, const ReportOptions& options);

/// By image, the mean of a's minus b's values over the samples that both keep; images without one are left
/// out.
std::vector<double> differences_by_image(const ScoredLine& a, const ScoredLine& b,
                                         const std::vector<std::size_t>& images);

}  // namespace assay
