#pragma once

#include <string>
#include <vector>

#include "harness/report/scored_lines.h"
#include "harness/report/table.h"

namespace assay {

/// What a sanity check says of one row by one score that has a threshold (ScoreInfo::passes).
enum class SanityVerdict {
  passes,         // the interval of its average is at or above the threshold
  fails,          // the interval is below it
  undecided,      // the threshold lies in the interval
  uninformative,  // at least half of its samples are other maps each time they are explained (kNotRepeatable)
  none,           // no sample is kept, or the score has no threshold
};
std::string_view name_of(SanityVerdict verdict);

/// Where fewer than two images keep a sample the average itself is compared.
SanityVerdict verdict_of(const ScoredLine& line);

/// The verdicts of the lines of one metric, protocol and experiment: rows are configurations, blocks
/// variants, columns the scores that have a threshold. Without rows where none has. `where` ends its title.
Table verdict_table(const ScoredMetric& metric, const std::vector<const ScoredLine*>& lines,
                    const std::string& where);

}  // namespace assay
