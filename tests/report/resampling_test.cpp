#include "harness/report/resampling.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/report/made_up.h"

namespace assay {
namespace {

/// Every sample is an image.
std::vector<std::size_t> alone(std::size_t samples) {
  std::vector<std::size_t> images(samples);
  std::iota(images.begin(), images.end(), std::size_t{0});
  return images;
}

TEST(Rounds, AreTheSameForTheSameImagesAndDrawAsManyAsThereAre) {
  Rounds one("scenes", alone(50), 3), again("scenes", alone(50), 3), other("scenes", alone(50), 4);
  bool differs = false;
  for (int round = 0; round < 20; ++round) {
    const auto a = one.next(), b = again.next(), c = other.next();
    EXPECT_TRUE(std::ranges::equal(a, b));
    EXPECT_EQ(std::accumulate(a.begin(), a.end(), 0.0), 50);
    differs |= !std::ranges::equal(a, c);
  }
  EXPECT_TRUE(differs);
}

TEST(Rounds, DrawTheSamplesOfAnImageTogether) {
  const std::vector<std::size_t> images{0, 0, 1, 2, 1, 0};
  Rounds rounds("mosaics", images, 3), alike("mosaics", alone(3), 3);
  for (int round = 0; round < 20; ++round) {
    const auto times = rounds.next(), by_image = alike.next();
    for (std::size_t i = 0; i < images.size(); ++i) EXPECT_EQ(times[i], by_image[images[i]]);
  }
}

// Class 0: 1, 0 -> 0.5; class 1: 1, 1, 0, the last left out -> 1; class 2: nothing left.
TEST(Averaged, ByClassIsTheMeanOfTheClasses) {
  const Averaged samples{
      .top = {1, 0, 1, 1, 0, 0}, .bottom = {1, 1, 1, 1, 0, 0}, .classes = {0, 0, 1, 1, 1, 2}};
  EXPECT_DOUBLE_EQ(average(samples), 0.75);
  EXPECT_DOUBLE_EQ(average(samples, std::vector<double>{3, 1, 1, 0, 1, 1}), 0.875);
  EXPECT_DOUBLE_EQ(average(samples, std::vector<double>{1, 0, 0, 0, 5, 1}), 1);
  EXPECT_TRUE(std::isnan(average(samples, std::vector<double>{0, 0, 0, 0, 1, 1})));
}

/// With the indices written out, through the averages that the protocol defines.
TEST(Averaged, OfARoundIsTheProtocolsAverageOfTheDrawnImages) {
  const test::MadeUp study = test::small_study();
  const GainTable table = score_cells(study.observed, {});
  Rounds rounds("scenes", alone(12), 1);
  for (int round = 0; round < 5; ++round) {
    const auto times = rounds.next();
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < times.size(); ++i)
      drawn.insert(drawn.end(), static_cast<std::size_t>(times[i]), i);
    for (const GainCell& cell : table.cells)
      for (const Measure measure : {Measure::scg, Measure::ccg}) {
        const GainProtocol& scoring = scoring_of(table, cell.protocol);
        const double expected = average(cell.scores, drawn, measure, scoring);
        const double got = average(averaged(cell, measure, scoring), times);
        EXPECT_TRUE(std::isnan(expected) ? std::isnan(got) : std::abs(got - expected) < 1e-12)
            << cell.row << " " << got << " " << expected;
      }
  }
}

/// SCG of 400 images, half 0 and half 1: the mean's standard error is 0.5 / sqrt(400).
TEST(AddIntervals, CoverTheStandardErrorAndNeverMoveTwinsApart) {
  test::MadeUp study;
  study.protocol("paper");
  std::vector<Record> records;
  for (int i = 0; i < 400; ++i)
    records.push_back(test::record({.full = 1, .base = 0, .hybrid = i % 2 ? 1.0 : 0.0}));
  for (const std::string network : {"n", "m"}) {
    study.experiment("d", network, 400);
    study.row("paper", "occ", study.cell(study.explanation("occ"), 0.25, "zero", records));
  }
  const GainTable table = score_cells(study.observed, {});
  const std::vector<Line> lines = lines_of(table, {}, {}, true);
  EXPECT_NEAR(lines[0].interval.low, 0.5 - 1.96 * 0.025, 0.005);
  EXPECT_NEAR(lines[0].interval.high, 0.5 + 1.96 * 0.025, 0.005);
  EXPECT_EQ(lines[0].interval.low, lines[2].interval.low);  // the same images, another network
  EXPECT_EQ(lines[0].interval.high, lines[2].interval.high);
}

/// 100 images of four samples that agree: half the width of 400 that do not know of each other would be
/// wrong.
TEST(AddIntervals, ClassesOfOneImageAreNoImagesOfTheirOwn) {
  test::MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", 400);
  std::vector<Record> records;
  for (int i = 0; i < 400; ++i) {
    study.observed.samples[0][static_cast<std::size_t>(i)].image = fmt::format("{}", i / 4);
    records.push_back(test::record({.full = 1, .base = 0, .hybrid = i / 4 % 2 ? 1.0 : 0.0}));
  }
  study.row("paper", "occ", study.cell(study.explanation("occ"), 0.25, "zero", records));
  const GainTable table = score_cells(study.observed, {});
  const Line line = lines_of(table, {}, {}, true)[0];
  EXPECT_NEAR(line.interval.low, 0.5 - 1.96 * 0.05, 0.015);
  EXPECT_NEAR(line.interval.high, 0.5 + 1.96 * 0.05, 0.015);
}

/// Of three images one is read, in two samples.
TEST(BootstrapIntervals, NeedTwoImagesAmongThoseKept) {
  const std::vector<std::size_t> images{0, 0, 1, 2};
  const Averaged one{.top = {0.2, 0.4, 0, 0}, .bottom = {1, 1, 0, 0}};
  const Averaged two{.top = {0.2, 0, 0, 0.4}, .bottom = {1, 0, 0, 1}};
  ReportOptions options;
  options.resamples = 200;
  const std::vector<Interval> intervals = bootstrap_intervals({one, two}, Rounds("d", images, 0), options);
  EXPECT_TRUE(std::isnan(intervals[0].low));
  EXPECT_TRUE(std::isnan(intervals[0].high));
  EXPECT_DOUBLE_EQ(intervals[1].low, 0.2);
  EXPECT_DOUBLE_EQ(intervals[1].high, 0.4);
}

TEST(AddIntervals, NeedTwoImages) {
  test::MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", 1);
  study.row("paper", "occ", study.cell(study.explanation("occ"), 0.25, "zero", {test::record({})}));
  const GainTable table = score_cells(study.observed, {});
  EXPECT_TRUE(std::isnan(lines_of(table, {}, {}, true)[0].interval.low));
}

}  // namespace
}  // namespace assay
