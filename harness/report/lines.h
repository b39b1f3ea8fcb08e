#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/statistics.h"
#include "harness/report/gain_cells.h"
#include "harness/report/published.h"

namespace assay {

enum class Measure { scg, ccg };
std::string_view name_of(Measure measure);  // SCG | CCG

/// The measures asked for by name (any case), in the order SCG, CCG; none = both. Throws ConfigError for
/// another name.
std::vector<Measure> measures_of(const std::vector<std::string>& names);

/// One image's value of a measure; nothing when it is left out.
std::optional<double> value_of(const GainScore& score, Measure measure);

/// Mean over the images kept, as the protocol averages. Indices may repeat. NaN when none is kept.
double average(std::span<const GainScore> scores, std::span<const std::size_t> indices, Measure measure,
               const GainProtocol& protocol);

/// One number of the table and everything that is known about it. Values are not yet x100.
struct Line {
  const GainCell* cell = nullptr;
  Measure measure = Measure::scg;
  double mean = 0;    // NaN when no image is kept
  double median = 0;  // of the images' values
  Interval interval;  // bootstrap over all images; NaN unless asked for, or where fewer than two are kept
  std::size_t images = 0, kept = 0;             // samples
  std::map<std::string, std::size_t> left_out;  // by the main reason of each image; sums to images - kept
  double over_one = 0;                          // share of the kept whose value is above 1
  std::optional<double> p;          // against the best row, Holm over the rows of the column; see lines_of()
  std::size_t suspect = 0;          // records that mean little: constant maps
  bool best = false;                // highest mean of its column of those that qualify, see lines_of()
  bool tied = false;                // cannot be told from the best: p >= 1 - level, or not worse there
  std::optional<double> published;  // x100
  std::string why;                  // instead of a value: "skipped: ...", "failed: ...", "- (all left out)"
};

/// More than half of the records are suspect.
bool is_suspect(const Line& line);

/// Lines by cell, then measure. A column is (protocol, experiment, rho, base, measure). Its best line has the
/// highest mean of those that are not suspect and keep at least half as many images as any. p is a Wilcoxon
/// test on the images that both keep, of the images' own values (samples of one image averaged), also where
/// the protocol's mean is a ratio of means. A row that shares no image with the best has no p. One whose
/// paired differences favour it, by mean or by signed ranks, is tied whatever p is. Intervals cost most of
/// the time.
std::vector<Line> lines_of(const GainTable& table, const Published& published, const ReportOptions& options,
                           bool intervals);

}  // namespace assay
