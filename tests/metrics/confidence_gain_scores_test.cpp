#include "metrics/confidence_gain_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace assay {
namespace {

/// 100 pixels; p and share differ by a factor of ten.
Record record(double full, double base, double hybrid, double grown, double steps, double grown_pixels) {
  GainObservation seen;
  seen.p_full = full;
  seen.p_base = base;
  seen.p_hybrid = hybrid;
  seen.share_full = full / 10;
  seen.share_base = base / 10;
  seen.share_hybrid = hybrid / 10;
  seen.mask_pixels = 25;
  seen.pixels = 100;
  seen.reached = steps >= 0;
  seen.first_right = steps == 0;
  if (steps >= 0) {
    seen.p_grown = grown;
    seen.share_grown = grown / 10;
    seen.growth_steps = steps;
    seen.grown_pixels = grown_pixels;
  }
  return {Status::ok, "", values_of(seen)};
}

GainProtocol authors() {
  GainProtocol protocol;
  protocol.confidence = "logit-share";
  protocol.epsilon = 0.001;
  protocol.guard = 0;
  protocol.average = "ratio-of-means";
  protocol.first_right_counts = false;
  protocol.growth_limit = 100;
  return protocol;
}

TEST(Observation, ValuesAndColumnsAgree) {
  GainObservation seen;
  seen.share_hybrid = 0.25;
  seen.target = 7;
  const std::vector<double> values = values_of(seen);
  const std::vector<Column>& columns = confidence_gain_columns();
  ASSERT_EQ(values.size(), columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == "share_hybrid")
      EXPECT_EQ(values[i], 0.25);
    else if (columns[i].name == "target")
      EXPECT_EQ(values[i], 7);
    else
      EXPECT_TRUE(std::isnan(values[i])) << columns[i].name;
  }
  EXPECT_EQ(gain_observation(values).share_hybrid, 0.25);
  EXPECT_THROW(gain_observation(std::vector<double>{1, 2}), DataError);
}

TEST(GainScore, PaperByHand) {
  const GainScore score = gain_score(record(0.9, 0.1, 0.3, 0.7, 4, 50), {});
  EXPECT_NEAR(score.scg, 0.25, 1e-12);   // 0.2 / 0.8
  EXPECT_NEAR(score.gain, 0.75, 1e-12);  // 0.6 / 0.8
  EXPECT_NEAR(score.area, 0.5, 1e-12);
  EXPECT_NEAR(score.ccg, 1.5, 1e-12);
  EXPECT_EQ(score.reason_scg.text(), "");
  EXPECT_EQ(score.reason_ccg.text(), "");
}

TEST(GainScore, AuthorsByHand) {
  const GainScore score = gain_score(record(0.9, 0.1, 0.3, 0.7, 4, 50), authors());
  EXPECT_NEAR(score.scg, 0.02 / 0.081, 1e-12);
  EXPECT_NEAR(score.ccg, 0.06 / 0.081 / 0.5, 1e-12);
}

TEST(GainScore, FirstMaskRightMakesCcgScgOverArea) {
  const GainScore score = gain_score(record(0.9, 0.1, 0.3, 0.3, 0, 25), {});
  EXPECT_NEAR(score.ccg, 4 * score.scg, 1e-12);  // papers.md 8.3 item 17
  EXPECT_EQ(score.reason_ccg.text(), "");
  EXPECT_EQ(gain_score(record(0.9, 0.1, 0.3, 0.3, 0, 25), authors()).reason_ccg.text(), "first_mask_right");
}

TEST(GainScore, ReasonsOfScgAndCcg) {
  const auto reasons = [](const Record& seen, const GainProtocol& protocol = {}) {
    const GainScore score = gain_score(seen, protocol);
    return score.reason_scg.text() + " / " + score.reason_ccg.text();
  };
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.05, 0.3, 4, 50)), "negative_gain / ");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.2, 0.05, 4, 50)), " / negative_gain");
  EXPECT_EQ(reasons(record(0.1, 0.1, 0.2, 0.3, 4, 50)), "base_not_lower / base_not_lower");
  EXPECT_EQ(reasons(record(0.1 + 5e-7, 0.1, 0.2, 0.3, 4, 50)), "base_not_lower / base_not_lower");
  EXPECT_EQ(reasons(record(0.1 + 5e-7, 0.1, 0.2, 0.3, 4, 50), authors()), " / ");
  EXPECT_EQ(reasons(record(0.1, 0.2, 0.15, 0.3, 4, 50)), "base_not_lower+negative_gain / base_not_lower");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.2, 0, -1, 0)), " / growth_limit");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.2, 0.3, 50, 99)), " / ");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.2, 0.3, 51, 99)), " / growth_limit");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.2, 0.3, 51, 99), authors()), " / ");
  EXPECT_EQ(reasons(record(0.9, 0.1, 0.05, 0.05, 0, 25), authors()),
            "negative_gain / negative_gain+first_mask_right");
}

TEST(GainScore, EmptyMaskHasScgZeroAndNoCcg) {
  GainObservation seen = gain_observation(record(0.9, 0.1, 0.1, 0, -1, 0).values);
  seen.mask_pixels = 0;
  const GainScore score = gain_score({Status::ok, "", values_of(seen)}, {});
  EXPECT_EQ(score.scg, 0);
  EXPECT_EQ(score.reason_scg.text(), "");
  EXPECT_EQ(score.reason_ccg.text(), "growth_limit+empty_mask");
}

TEST(GainScore, StatusOfTheRecordIsTheReason) {
  Record failed{Status::failed, "map is not finite", {}};
  EXPECT_EQ(gain_score(failed, {}).reason_scg.text(), "failed");
  EXPECT_EQ(gain_score(failed, {}).reason_ccg.text(), "failed");
  EXPECT_FALSE(gain_score(failed, {}).observed);
  Record suspect = record(0.9, 0.1, 0.3, 0.7, 4, 50);
  suspect.status = Status::suspect;
  EXPECT_EQ(gain_score(suspect, {}).reason_scg.text(), "");
}

/// Three kept images: SCG 0.2, 0.4, 0.6; gain 0.5, 1, 0.6; area 0.5, 0.25, 1; CCG 1, 4, 0.6. The fourth is
/// left out.
std::vector<GainScore> four_images() {
  std::vector<GainScore> scores;
  for (const Record& seen : {record(1, 0, 0.2, 0.5, 3, 50), record(1, 0, 0.4, 1, 2, 25),
                             record(1, 0, 0.6, 0.6, 9, 100), record(0.2, 0.3, 0.9, 0.9, 1, 10)})
    scores.push_back(gain_score(seen, {}));
  return scores;
}

TEST(Averages, BothRulesByHand) {
  const std::vector<GainScore> scores = four_images();
  const std::vector<std::size_t> all{0, 1, 2, 3};
  GainProtocol protocol;
  EXPECT_NEAR(average_scg(scores, all), 0.4, 1e-12);
  EXPECT_NEAR(average_ccg(scores, all, protocol), 5.6 / 3, 1e-12);
  protocol.average = "ratio-of-means";
  EXPECT_NEAR(average_ccg(scores, all, protocol), (2.1 / 3) / (1.75 / 3), 1e-12);
}

TEST(Averages, IndicesMayRepeat) {
  const std::vector<GainScore> scores = four_images();
  const std::vector<std::size_t> sample{0, 0, 1, 3};
  EXPECT_NEAR(average_scg(scores, sample), 0.8 / 3, 1e-12);
  EXPECT_NEAR(average_ccg(scores, sample, {}), 2, 1e-12);
  EXPECT_TRUE(std::isnan(average_scg(scores, std::vector<std::size_t>{3, 3})));
  EXPECT_TRUE(std::isnan(average_ccg(scores, {}, authors())));
}

TEST(Averages, GlobalExclusionReachesEveryCell) {
  const std::vector<GainScore> some = four_images();
  std::vector<std::vector<GainScore>> cells{some, some};
  for (GainScore& score : cells[1]) score.reason_scg = score.reason_ccg = {};
  cells[1][1].reason_ccg.add(Reason::negative_gain);
  leave_out_globally(cells);
  EXPECT_EQ(cells[0][1].reason_scg.text(), "");  // only CCG left it out
  EXPECT_EQ(cells[0][1].reason_ccg.text(), "elsewhere");
  EXPECT_EQ(cells[1][1].reason_ccg.text(), "negative_gain");
  EXPECT_EQ(cells[1][3].reason_scg.text(), "elsewhere");
  EXPECT_EQ(cells[0][3].reason_scg.text(), "base_not_lower");
  EXPECT_EQ(cells[0][0].reason_ccg.text(), "");
}

TEST(Averages, OnlyConditionsOnConfidencesReachOtherCells) {
  for (const Reason reason : {Reason::growth_limit, Reason::empty_mask, Reason::first_mask_right}) {
    std::vector<std::vector<GainScore>> cells{four_images(), four_images()};
    cells[1][0].reason_ccg.add(reason);
    leave_out_globally(cells);
    EXPECT_EQ(cells[0][0].reason_ccg.text(), "");
    EXPECT_EQ(cells[1][0].reason_ccg.text(), name_of(reason));
  }
}

TEST(Averages, CellsThatWereNotObservedTakeNobodyAlong) {
  std::vector<std::vector<GainScore>> cells{
      four_images(), std::vector<GainScore>(4, gain_score({Status::skipped, "", {}}, {}))};
  leave_out_globally(cells);
  EXPECT_EQ(cells[0][0].reason_scg.text(), "");
  EXPECT_EQ(cells[1][0].reason_scg.text(), "skipped");
}

TEST(Protocol, DefaultsAreThePapersAndUnknownWordsAreErrors) {
  Params none;
  const GainProtocol paper = read_gain_protocol(none);
  EXPECT_EQ(none.resolved().dump(),
            R"({"average":"mean-of-ratios","confidence":"probability","epsilon":0.0,"exclude":"per-cell",)"
            R"("first_right_counts":true,"growth_limit":50,"guard":1e-06})");
  EXPECT_EQ(paper.growth_limit, 50);
  Params wrong(Json{{"average", "median"}, {"growth_limit", 7}});
  EXPECT_THROW(read_gain_protocol(wrong), ConfigError);
}

TEST(Protocol, NumbersAreNotNegative) {
  for (const std::string key : {"guard", "epsilon", "growth_limit"}) {
    Params zero(Json{{key, 0}}), below(Json{{key, -1}});
    EXPECT_NO_THROW(read_gain_protocol(zero)) << key;
    try {
      read_gain_protocol(below);
      ADD_FAILURE() << key;
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.what(), key + ": must not be negative");
    }
  }
}

}  // namespace
}  // namespace assay
