#pragma once

#include <string>
#include <vector>

#include "harness/report/scored_lines.h"
#include "harness/report/table.h"

namespace assay {

/// A method that wraps another (its key `of` names it) beside a configuration of that one: on the samples
/// that both keep.
struct WrappedPair {
  const ScoredLine* wrapper = nullptr;
  const ScoredLine* base = nullptr;
  std::vector<std::string> others;  // rows that are a base as well
  std::size_t kept = 0;             // samples that both keep
  double with = 0, without = 0;     // averages of wrapper and base
  double difference = 0;            // with - without
  Interval interval;                // of the difference
  double p = 1;                     // Wilcoxon over images, Holm over all pairs of `lines`
};

/// The pairs among these lines of one protocol, experiment and metric, in their order, one a wrapper and
/// score. A base is a row of the wrapped method all of whose own settings agree with the wrapper's where both
/// have them; how either is viewed (View) does not count. Of several the first that shares samples.
std::vector<WrappedPair> wrapped_pairs(const std::vector<const ScoredLine*>& lines,
                                       const std::vector<std::size_t>& images, const ReportOptions& options);

/// Their table, a block a score and variant; `title` begins its title.
Table pairs_table(const std::vector<WrappedPair>& pairs, const std::string& title,
                  const ReportOptions& options);

}  // namespace assay
