#include "metrics/curve_scores.h"

#include <gmock/gmock.h>

#include <cmath>

#include "metrics/sensitivity_scores.h"

namespace assay {
namespace {

using Curve = std::vector<double>;

std::unique_ptr<Scoring> curve_scoring(const std::string& metric, const Json& settings = Json::object()) {
  Params params(settings);
  auto made = find_entry(scorings(), metric, params, "metric").make(params);
  params.finish();
  return made;
}

/// Values of the scores of a record with these curves.
Curve scored_curves(const std::string& metric, const std::vector<Curve>& curves,
                    const Json& settings = Json::object(), const Curve& values = {100}) {
  const Record record{Status::ok, "", values, {}, curves};
  Curve found;
  for (const ScoreValue& score : curve_scoring(metric, settings)->score(record).scores) {
    EXPECT_EQ(std::isnan(score.value), !score.left_out.empty()) << metric;
    found.push_back(score.value);
  }
  return found;
}

void expect_scores(const Curve& found, const Curve& wanted) {
  EXPECT_THAT(found, testing::Pointwise(testing::DoubleNear(1e-12), wanted));
}

const Curve kFall{0.8, 0.4, 0.2, 0.1, 0.05}, kSlow{0.8, 0.8, 0.7, 0.6, 0.05}, kEqualSteps{0, 10, 20, 30, 40};
const Curve kFallLogit{4, 3, 2, 1, -1}, kSlowLogit{4, 4, 3, 2, -1};

// papers.md 7.1: (sum s - s_0/2 - s_T/2) / T.
TEST(CurveScores, AreaUnderInsertionAndDeletion) {
  const double area = (0.8 + 0.4 + 0.2 + 0.1 + 0.05 - 0.4 - 0.025) / 4;
  for (const char* metric : {"insertion", "deletion"}) {
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}), {area});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"score", "logit"}}), {7.5 / 4});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"divide", "first"}}),
                  {area / 0.8});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"divide", "last"}}),
                  {area / 0.05});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"steps", 2}}), {0.9 / 2});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"steps", 9}}), {area});
    expect_scores(scored_curves(metric, {kFall, kFallLogit, kEqualSteps}, {{"every", 2}}),
                  {(0.4 + 0.2 + 0.025) / 2});
  }
}

TEST(CurveScores, AShortLastStepCountsForItsPixels) {
  expect_scores(scored_curves("deletion", {{1, 0, 0}, {0, 0, 0}, {0, 10, 15}}), {5.0 / 15});
}

// As steps of 30 pixels would: 0, 30, and what is left up to 40.
TEST(CurveScores, LargerStepsEndWhereSmallOnesDo) {
  const double area = (30 * (0.8 + 0.1) + 10 * (0.1 + 0.05)) / 2 / 40;
  expect_scores(scored_curves("deletion", {kFall, kFallLogit, kEqualSteps}, {{"every", 3}}), {area});
  expect_scores(scored_curves("deletion", {kFall, kFallLogit, kEqualSteps}, {{"every", 9}}), {0.85 / 2});
  expect_scores(scored_curves("deletion", {kFall, kFallLogit, kEqualSteps}, {{"every", 2}, {"steps", 3}}),
                {(20 * (0.8 + 0.2) + 10 * (0.2 + 0.1)) / 2 / 30});
  const std::vector<Curve> both{kFall, kFallLogit, kSlow, kSlowLogit, kEqualSteps};
  expect_scores(scored_curves("aopc", both, {{"every", 3}}), {0.35 - 0.1, 0.35, 0.1});  // of 0 and 30 alone
}

// papers.md 7.2: 1/(L+1) sum_k (f_0 - f_k), and ABPC their difference.
TEST(CurveScores, MeanFallOfAopc) {
  const double morf = (0 + 0.4 + 0.6 + 0.7 + 0.75) / 5, lerf = (0 + 0 + 0.1 + 0.2 + 0.75) / 5;
  const std::vector<Curve> curves{kFall, kFallLogit, kSlow, kSlowLogit, kEqualSteps};
  expect_scores(scored_curves("aopc", curves), {morf - lerf, morf, lerf});
  expect_scores(scored_curves("aopc", curves, {{"steps", 1}}), {0.2, 0.2, 0});
  expect_scores(scored_curves("aopc", curves, {{"score", "logit"}}), {0.6, 2.2, 1.6});
  const std::vector<ScoreInfo> scores = curve_scoring("aopc")->scores();
  EXPECT_EQ(scores[0].name, "ABPC");
  EXPECT_FALSE(scores[0].lower || scores[1].lower);
  EXPECT_TRUE(scores[2].lower);
}

TEST(CurveScores, OrdersOfFlippingAndRoad) {
  const double morf = (0.4 + 0.4 + 0.2 + 0.1 + 0.025) / 4, lerf = (0.4 + 0.8 + 0.7 + 0.6 + 0.025) / 4;
  expect_scores(scored_curves("pixel-flipping", {kFall, kFallLogit, kSlow, kSlowLogit, kEqualSteps}),
                {lerf - morf, morf, lerf});
  const Curve right{1, 1, 0, 0, 0}, still{1, 1, 1, 0, 0};
  const std::vector<Curve> road{kFall, kFallLogit, right, kSlow, kSlowLogit, still, kEqualSteps};
  expect_scores(scored_curves("road", road, {{"score", "right"}}), {0.25, 0.25, 0.5});  // without the image
  expect_scores(scored_curves("road", road), {(2.15 - 0.75) / 4, 0.75 / 4, 2.15 / 4});
  for (const char* metric : {"pixel-flipping", "road"}) {
    const std::vector<ScoreInfo> scores = curve_scoring(metric)->scores();
    EXPECT_FALSE(scores[0].lower || scores[2].lower) << metric;
    EXPECT_TRUE(scores[1].lower) << metric;
  }
}

TEST(CurveScores, WhatCannotBeDividedIsLeftOut) {
  const auto score = [](const std::vector<Curve>& curves, const Json& settings) {
    const Record record{Status::ok, "", {100}, {}, curves};
    return curve_scoring("deletion", settings)->score(record).scores[0];
  };
  const std::vector<Curve> negative{kFall, {-1, 0, 0, 0, 0}, kEqualSteps};
  EXPECT_EQ(score(negative, {{"score", "logit"}, {"divide", "first"}}).left_out, "divisor_not_positive");
  const Record both{Status::ok, "", {100, 9}, {}, {kFall, kFallLogit, kSlow, kSlowLogit, kEqualSteps}};
  EXPECT_EQ(curve_scoring("aopc", {{"every", 5}})->score(both).scores[0].left_out, "too_few_points");
  EXPECT_THROW(score({kFall, kEqualSteps}, Json::object()), DataError);
  EXPECT_THROW(score({kFall, kFallLogit, {0, 10}}, Json::object()), DataError);
  EXPECT_THROW(curve_scoring("deletion", {{"steps", -1}}), ConfigError);
  EXPECT_THROW(curve_scoring("deletion", {{"score", "right"}}), ConfigError);
}

TEST(CurveScores, SensitivityIsAMeanOverTheNumbersOfPixels) {
  const std::vector<Curve> curves{{1, 10, 80}, {0.9, 0.5, kNaN}};
  expect_scores(scored_curves("sensitivity-n", curves), {0.7});
  expect_scores(scored_curves("sensitivity-n", curves, {{"from", 0.05}}), {0.5});
  EXPECT_EQ(curve_scoring("sensitivity-n", {{"from", 0.5}})
                ->score({Status::ok, "", {100}, {}, curves})
                .scores[0]
                .left_out,
            "no_correlation");
  EXPECT_THROW(scored_curves("sensitivity-n", {{1, 2}, {1}}), DataError);
  // 0.8 of 101 pixels are 81, for the metric as for the report
  expect_scores(scored_curves("sensitivity-n", {{1, 81, 101}, {0.9, 0.5, 0.1}}, {{"to", 0.8}}, {101}), {0.7});
}

// papers.md 7.4: beta = E[d s] / E[s^2].
TEST(CurveScores, InfidelityWithTheBestFactor) {
  const Curve seen = values_of(InfidelityObservation{9, 4, 2, 2});
  expect_scores(scored_curves("infidelity", {}, Json::object(), seen), {0.5});
  expect_scores(scored_curves("infidelity", {}, {{"relative", false}}, seen), {1});
  expect_scores(scored_curves("infidelity", {}, {{"scaling", "none"}, {"relative", false}}, seen), {9});
  expect_scores(scored_curves("infidelity", {}, Json::object(), values_of(InfidelityObservation{2, 0, 0, 2})),
                {1});
  const Record still{Status::ok, "", values_of(InfidelityObservation{4, 4, 0, 0})};
  EXPECT_EQ(curve_scoring("infidelity")->score(still).scores[0].left_out, "no_effect");
  EXPECT_TRUE(curve_scoring("infidelity")->scores()[0].lower);
  EXPECT_THROW(scored_curves("infidelity", {}, Json::object(), {1, 2}), DataError);
}

TEST(CurveScores, LargestAndMeanChange) {
  expect_scores(scored_curves("max-sensitivity", {{0.2, 0.6, 0.1}}), {0.6, 0.3});
  expect_scores(scored_curves("max-sensitivity", {{0.2, 0.6, 0.1}}, {{"samples", 1}}), {0.2, 0.2});
  const Record zero{Status::suspect, "the map is zero everywhere", {0}};
  for (const ScoreValue& score : curve_scoring("max-sensitivity")->score(zero).scores)
    EXPECT_EQ(score.left_out, "zero_map");
}

}  // namespace
}  // namespace assay
