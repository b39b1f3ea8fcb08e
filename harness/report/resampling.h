#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/seed.h"
#include "harness/report/lines.h"

namespace assay {

/// One cell's samples as they are averaged: sum(top) / sum(bottom). By sample, 0 / 0 where it is left out;
/// value / 1, or gain / area where CCG is a ratio of means. With classes that is the average of each class,
/// and the mean over the classes of which something is left is the average of all.
struct Averaged {
  std::vector<double> top, bottom;
  std::vector<std::size_t> classes = {};  // by sample, counted from 0; empty = no classes
};
Averaged averaged(const GainCell& cell, Measure measure, const GainProtocol& scoring);

/// The average when sample i is there times[i] times; NaN when none is left.
double average(const Averaged& images, std::span<const double> times);
/// When every sample is there once.
double average(const Averaged& images);

/// The rounds of a bootstrap over the images of a dataset, drawn with replacement. They depend on nothing but
/// the three arguments: every line, network and protocol on these images sees the same rounds.
class Rounds {
 public:
  /// `images` by sample, see image_indices(): samples of one image are drawn together.
  Rounds(const std::string& dataset, const std::vector<std::size_t>& images, std::uint64_t seed);
  /// How often each sample is in the next round; until the next call.
  std::span<const double> next();
  /// How often each image is in the present round.
  std::span<const double> drawn() const { return drawn_; }
  /// By sample.
  const std::vector<std::size_t>& images() const { return images_; }

 private:
  Random random_;
  std::vector<std::size_t> images_;
  std::vector<double> drawn_;  // by image
  std::vector<double> times_;  // by sample
};

/// The bootstrap intervals of some averages, all on the same rounds, by their order. NaN where fewer than two
/// images keep a sample.
std::vector<Interval> bootstrap_intervals(const std::vector<Averaged>& averages, Rounds rounds,
                                          const ReportOptions& options);

/// Bootstrap intervals over all images of the lines that keep any; NaN where fewer than two keep one.
void add_intervals(std::vector<Line>& lines, const GainTable& table, const ReportOptions& options);

}  // namespace assay
