#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/seed.h"
#include "harness/report/lines.h"

namespace assay {

/// One cell's images as the protocol averages them: the average is sum(top) / sum(bottom). By image, 0 / 0
/// where it is left out; value / 1, or gain / area where CCG is a ratio of means.
struct Averaged {
  std::vector<double> top, bottom;
};
Averaged averaged(const GainCell& cell, Measure measure, const GainProtocol& scoring);

/// The average when image i is there times[i] times; NaN when none is left.
double average(const Averaged& images, std::span<const double> times);

/// The rounds of a bootstrap over the images of a dataset, drawn with replacement. They depend on nothing but
/// the three arguments: every line, network and protocol on these images sees the same rounds.
class Rounds {
 public:
  Rounds(const std::string& dataset, std::size_t images, std::uint64_t seed);
  /// How often each image is in the next round; until the next call.
  std::span<const double> next();

 private:
  Random random_;
  std::vector<double> times_;
};

/// Bootstrap intervals over all images of the lines that keep any; NaN for fewer than two images.
void add_intervals(std::vector<Line>& lines, const GainTable& table, const ReportOptions& options);

}  // namespace assay
