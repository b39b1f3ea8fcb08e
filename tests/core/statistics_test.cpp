#include "harness/core/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "harness/core/seed.h"

namespace assay {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

TEST(Average, MeanAndMedian) {
  const std::vector<double> odd{3, 1, 8}, even{4, 1, 2, 9};
  EXPECT_DOUBLE_EQ(mean_of(odd), 4);
  EXPECT_DOUBLE_EQ(median_of(odd), 3);
  EXPECT_DOUBLE_EQ(median_of(even), 3);
  EXPECT_TRUE(std::isnan(mean_of({})));
  EXPECT_TRUE(std::isnan(median_of({})));
}

TEST(Average, QuartilesLieBetweenNeighbours) {
  const std::vector<double> five{8, 1, 3, 2, 5}, four{4, 1, 2, 9};
  EXPECT_DOUBLE_EQ(quantile_of(five, 0.25), 2);
  EXPECT_DOUBLE_EQ(quantile_of(five, 0.75), 5);
  EXPECT_DOUBLE_EQ(quantile_of(four, 0.25), 1.75);  // place 0.75 between 1 and 2
  EXPECT_DOUBLE_EQ(quantile_of(four, 1), 9);
  EXPECT_TRUE(std::isnan(quantile_of({}, 0.25)));
}

double tau(const std::vector<double>& a, const std::vector<double>& b) {
  return kendall_tau(a, b);
}

// Kendall 1945, by counting pairs of pairs.
TEST(KendallTau, ByHand) {
  EXPECT_EQ(tau({1, 2, 3, 4}, {10, 20, 30, 40}), 1);
  EXPECT_EQ(tau({1, 2, 3, 4}, {4, 3, 2, 1}), -1);
  EXPECT_DOUBLE_EQ(tau({1, 2, 3, 4}, {1, 3, 2, 4}), 4.0 / 6);  // 5 agree, 1 does not
  EXPECT_DOUBLE_EQ(tau({1, 1, 2, 3}, {1, 2, 2, 3}), 0.8);      // 4 agree, each tells 5 of 6 apart
  EXPECT_DOUBLE_EQ(tau({12, 2, 1, 12, 2}, {1, 4, 7, 1, 0}), -4 / std::sqrt(8.0 * 9));
}

TEST(KendallTau, ConstantsHaveNoOrder) {
  EXPECT_TRUE(std::isnan(tau({1, 1, 1}, {1, 2, 3})));
  EXPECT_TRUE(std::isnan(tau({1}, {2})));
  EXPECT_TRUE(std::isnan(tau({}, {})));
}

TEST(KendallTau, WhatIsNotKnownIsLeftOut) {
  EXPECT_EQ(tau({1, kNaN, 2, 3, 4}, {1, 9, 2, 3, kNaN}), 1);
  EXPECT_TRUE(std::isnan(tau({1, kNaN}, {1, 2})));
}

TEST(Ranks, TiesShareTheirMean) {
  EXPECT_THAT(average_ranks(std::vector<double>{10, 20, 10, 5, 20, 20}), ElementsAre(2.5, 5, 2.5, 1, 5, 5));
  EXPECT_THAT(average_ranks(std::vector<double>{}), ElementsAre());
}

// Holm 1979's procedure by hand: 0.01*4, 0.03*2 (0.02*3 = 0.06 before it stays), 0.04*1 raised to 0.06.
TEST(Holm, StepsDownAndNeverFalls) {
  EXPECT_THAT(holm(std::vector<double>{0.04, 0.01, 0.03, 0.02}),
              ElementsAre(DoubleEq(0.06), DoubleEq(0.04), DoubleEq(0.06), DoubleEq(0.06)));
  EXPECT_THAT(holm(std::vector<double>{0.6, 0.7}), ElementsAre(1, 1));
  EXPECT_THAT(holm(std::vector<double>{}), ElementsAre());
}

/// Two-sided p of untied differences by visiting all 2^n signs.
double enumerated_p(const std::vector<double>& differences) {
  std::vector<double> sizes;
  for (const double d : differences) sizes.push_back(std::abs(d));
  const std::vector<double> ranks = average_ranks(sizes);
  const double total = std::accumulate(ranks.begin(), ranks.end(), 0.0);
  const auto distance = [&](auto positive) {
    double sum = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) sum += positive(i) ? ranks[i] : 0;
    return std::abs(sum - total / 2);
  };
  const double seen = distance([&](std::size_t i) { return differences[i] > 0; });
  std::size_t as_far = 0;
  const std::size_t signs = std::size_t{1} << ranks.size();
  for (std::size_t s = 0; s < signs; ++s)
    as_far += distance([&](std::size_t i) { return (s >> i) & 1; }) >= seen;
  return static_cast<double>(as_far) / static_cast<double>(signs);
}

TEST(Wilcoxon, EqualsTheEnumerationOfAllSigns) {
  EXPECT_DOUBLE_EQ(wilcoxon_p(std::vector<double>{1, 2, 3, 4, 5}), 2.0 / 32);
  EXPECT_DOUBLE_EQ(wilcoxon_p(std::vector<double>{-7}), 1);
  Random random(3);
  for (int n = 2; n <= 12; ++n) {
    std::vector<double> differences;
    for (int i = 0; i < n; ++i) differences.push_back(random.uniform() - 0.4);
    EXPECT_NEAR(wilcoxon_p(differences), enumerated_p(differences), 1e-12) << n;
  }
}

// Darwin's maize heights (1876, 15 pairs of crossed minus self-fertilised plants, eighths of an inch): the
// smaller rank sum is 24, exact two-sided p = 0.041259765625 as scipy.stats.wilcoxon's manual page prints it.
TEST(Wilcoxon, DarwinsMaize) {
  const std::vector<double> differences{6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75};
  EXPECT_NEAR(wilcoxon_p(differences), 0.041259765625, 1e-12);
}

// The tables of critical values (n = 25, two-sided 0.05): 89 is significant, 90 is not.
TEST(Wilcoxon, CriticalValueOfTheTableAt25) {
  const auto p_for_sum = [](int negative) {
    std::vector<double> differences;
    for (int rank = 25; rank >= 1; --rank) {
      const bool take = negative >= rank;
      negative -= take ? rank : 0;
      differences.push_back(take ? -rank : rank);
    }
    return wilcoxon_p(differences);
  };
  EXPECT_LT(p_for_sum(89), 0.05);
  EXPECT_GT(p_for_sum(90), 0.05);
}

TEST(Wilcoxon, FewTiedPairsAreExactToo) {
  EXPECT_DOUBLE_EQ(wilcoxon_p(std::vector<double>{4, 4, 4, 4, 4}), 2.0 / 32);  // all equal: never below 2/32
  const std::vector<double> differences{1, -1, 2, 3, 3, -3, 0, 0};
  EXPECT_NEAR(wilcoxon_p(differences), enumerated_p({1, -1, 2, 3, 3, -3}), 1e-12);
}

// By hand: five times 1, -1, 2, 3, 3, -3; ranks 5.5 (ten), 13 (five), 23 (fifteen); W+ = 27.5 + 65 + 230 =
// 322.5, mean 232.5, variance 30 * 31 * 61 / 24 - (990 + 120 + 3360) / 48 = 2270.625; z = (90 - 0.5) /
// sqrt(2270.625), p = erfc(z / sqrt 2).
TEST(Wilcoxon, ManyTiesUseTheCorrectedNormal) {
  std::vector<double> differences;
  for (int i = 0; i < 5; ++i)
    for (const double difference : {1, -1, 2, 3, 3, -3}) differences.push_back(difference);
  EXPECT_NEAR(wilcoxon_p(differences), std::erfc(89.5 / std::sqrt(2270.625) / std::sqrt(2.0)), 1e-12);
}

TEST(Wilcoxon, ManyPairsUseTheNormalAndAgreeWithTheExactNearby) {
  std::vector<double> differences;
  for (int i = 1; i <= 25; ++i) differences.push_back(i % 3 ? i : -i);
  const double exact = wilcoxon_p(differences);
  differences.push_back(1e-9);  // one more pair, of the lowest rank
  const double normal = wilcoxon_p(differences);
  EXPECT_NEAR(normal, exact, 0.02);
}

TEST(Wilcoxon, NothingLeftIsNoEvidence) {
  EXPECT_EQ(wilcoxon_p({}), 1);
  EXPECT_EQ(wilcoxon_p(std::vector<double>{0, 0, 0}), 1);
  EXPECT_EQ(wilcoxon_p(std::vector<double>{1, -1}), 1);
}

TEST(PercentileInterval, InterpolatesBetweenNeighbours) {
  const Interval interval = percentile_interval({30, 0, 20, 10, 40}, 0.5);
  EXPECT_DOUBLE_EQ(interval.low, 10);
  EXPECT_DOUBLE_EQ(interval.high, 30);
  EXPECT_DOUBLE_EQ(percentile_interval({0, 10}, 0.9).low, 0.5);
}

TEST(PercentileInterval, LeavesOutWhatIsNotFinite) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const Interval interval = percentile_interval({nan, 7, inf, 7, -inf}, 0.95);
  EXPECT_EQ(interval.low, 7);
  EXPECT_EQ(interval.high, 7);
  EXPECT_TRUE(std::isnan(percentile_interval({nan, nan}, 0.95).low));
  EXPECT_TRUE(std::isnan(percentile_interval({}, 0.95).high));
}

}  // namespace
}  // namespace assay
