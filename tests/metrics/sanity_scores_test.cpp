#include "metrics/sanity_scores.h"

#include <gmock/gmock.h>

#include <cmath>

#include "metrics/parameter_randomization_scores.h"
#include "metrics/random_logit_scores.h"

namespace assay {
namespace {

ScoredRecord sanity_scored(const std::string& metric, const Record& record,
                           const Json& settings = Json::object()) {
  Params params(settings);
  const auto scoring = find_entry(scorings(), metric, params, "metric").make(params);
  params.finish();
  return scoring->score(record);
}

RandomizationObservation four_steps(double fresh, double repeat) {
  RandomizationObservation seen;
  seen.steps = seen.stages = 4;
  seen.full = 1;
  seen.repredicted = seen.undefined = 0;
  seen.fresh = fresh;
  seen.samples = 1;
  seen.repeat = {repeat, repeat, repeat, repeat};
  seen.area = {0.9, 0.9, 0.9, 0.9};
  seen.first = {1, 1, 1, 1};
  seen.last = {0.8, 0.6, 0.4, -0.2};
  seen.complexity = 2;
  seen.rise = 0.25;
  return seen;
}

/// A cascade that begins with equal maps: each similarity is 0.9 on average, and at the end 0.8, 0.6, 0.4
/// and -0.2.
Record cascade(const RandomizationObservation& seen) {
  const std::vector<double> complexity(4, 2), stages{1, 2, 3, 4}, seeds{5, 6, 7, 8};
  return {Status::ok,
          "",
          values_of(seen),
          {},
          {{1, 0.9, 0.9, 0.8},
           {1, 1, 1, 0.6},
           {1, 1.1, 1.1, 0.4},
           {1, 1.4, 1.4, -0.2},
           complexity,
           stages,
           seeds}};
}
Record cascade(double fresh, double repeat) {
  return cascade(four_steps(fresh, repeat));
}

TEST(SanityScores, AChangeIsWhatIsLostOfTheLikenessOfARepetition) {
  const SanityRules rules;
  EXPECT_DOUBLE_EQ(change_of(0.25, 1, rules).value, 0.75);
  EXPECT_DOUBLE_EQ(change_of(0.4, 0.8, rules).value, 0.5);
  EXPECT_DOUBLE_EQ(change_of(-0.7, 1, rules).value, 1);
  EXPECT_DOUBLE_EQ(change_of(0.9, 0.8, rules).value, 0);
  EXPECT_DOUBLE_EQ(change_of(0.5, 0.5, rules).value, 0);
  EXPECT_EQ(change_of(0.1, 0.49, rules).left_out, kNotRepeatable);
  EXPECT_EQ(change_of(0.1, -1, rules).left_out, kNotRepeatable);
  EXPECT_EQ(change_of(kNaN, 1, rules).left_out, "constant_map");
  EXPECT_EQ(change_of(0.1, kNaN, rules).left_out, "constant_map");
  EXPECT_EQ(change_of(0.1, 1, rules).chance, 0);
}

TEST(SanityScores, FixedNumbersRepeatThemselvesFreshOnesAreMeasured) {
  const ScoredRecord same = sanity_scored("parameter-randomization", cascade(0, 0.1));
  ASSERT_EQ(same.scores.size(), 5u);
  const double expected[] = {0.2, 0.4, 0.6, 1, 0.25};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(same.scores[i].value, expected[i], 1e-12);
  const ScoredRecord fresh = sanity_scored("parameter-randomization", cascade(1, 0.8));
  EXPECT_NEAR(fresh.scores[0].value, 0, 1e-12);
  EXPECT_NEAR(fresh.scores[2].value, 0.5, 1e-12);
  const ScoredRecord blind = sanity_scored("parameter-randomization", cascade(1, 0.1));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(blind.scores[i].left_out, kNotRepeatable);
  EXPECT_NEAR(blind.scores[4].value, 0.25, 1e-12);
  EXPECT_NEAR(
      sanity_scored("parameter-randomization", cascade(1, 0.1), {{"repeatable", 0.05}}).scores[3].value, 1,
      1e-12);
}

/// A map that is blind to the top layers has changed all the same once everything is random.
TEST(SanityScores, ACascadeIsJudgedAtItsEndOnAverageOrAtItsFirstStep) {
  const Record record = cascade(0, 1);
  for (const auto& [judged, expected] :
       {std::pair("last", 0.2), std::pair("mean", 0.1), std::pair("first", 0.0)})
    EXPECT_NEAR(sanity_scored("parameter-randomization", record, {{"judged", judged}}).scores[0].value,
                expected, 1e-12)
        << judged;
  EXPECT_THROW(sanity_scored("parameter-randomization", record, {{"judged", "middle"}}), ConfigError);
}

TEST(SanityScores, OneStageAtATimeIsScoredByItsMean) {
  RandomizationObservation seen = four_steps(0, 1);
  seen.full = 0;
  seen.rise = kNaN;
  const ScoredRecord record = sanity_scored("parameter-randomization", cascade(seen));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(record.scores[i].value, 0.1, 1e-12);
  EXPECT_EQ(record.scores[4].left_out, "one_at_a_time");
}

/// Where a random network has no map to show, the likeness is lost with it; a map that was constant before
/// had none.
TEST(SanityScores, AMapThatVanishesHasChanged) {
  Record record = cascade(0, 1);
  record.curves[0] = {0.5, kNaN, 0.5, kNaN};
  for (const auto& [judged, expected] :
       {std::pair("last", 1.0), std::pair("mean", 0.75), std::pair("first", 0.5)})
    EXPECT_NEAR(sanity_scored("parameter-randomization", record, {{"judged", judged}}).scores[0].value,
                expected, 1e-12)
        << judged;
  const Json without{{"vanished", "left-out"}, {"judged", "mean"}};
  EXPECT_NEAR(sanity_scored("parameter-randomization", record, without).scores[0].value, 0.5, 1e-12);
  EXPECT_EQ(sanity_scored("parameter-randomization", record, {{"vanished", "left-out"}}).scores[0].left_out,
            "constant_map");
  for (const double fresh : {0, 1})
    EXPECT_EQ(sanity_scored("parameter-randomization", cascade(fresh, kNaN)).scores[0].left_out,
              "constant_map");
}

TEST(SanityScores, RandomLogitIsComparedWithTheSameMap) {
  const ScoredRecord record = sanity_scored(
      "random-logit", {Status::ok, "", values_of(RandomLogitObservation{3, {1, 0.5, 0, kNaN}})});
  EXPECT_EQ(record.scores[0].value, 0);
  EXPECT_EQ(record.scores[1].value, 0.5);
  EXPECT_EQ(record.scores[2].value, 1);
  EXPECT_EQ(record.scores[3].left_out, "constant_map");
}

TEST(SanityScores, ValuesGoBothWaysAndWrongOnesAreRefused) {
  const std::vector<double> values = cascade(1, 0.5).values;
  EXPECT_EQ(values.size(), randomization_columns().size());
  EXPECT_EQ(values_of(randomization_observation(values)), values);
  EXPECT_EQ(randomization_columns().back().name, "complexity_rise");
  EXPECT_EQ(randomization_columns()[7].name, "repeat_spearman");
  EXPECT_EQ(values[7], 0.5);
  EXPECT_THROW(sanity_scored("parameter-randomization", {Status::ok, "", values}), DataError);
  Record record = cascade(1, 0.5);
  record.curves[2].clear();
  EXPECT_THROW(sanity_scored("parameter-randomization", record), DataError);
  for (const char* metric : {"parameter-randomization", "random-logit"}) {
    EXPECT_THROW(sanity_scored(metric, {Status::ok, "", {1, 2, 3}}), DataError);
    EXPECT_THROW(sanity_scored(metric, {}, {{"enough", 0}}), ConfigError);
    EXPECT_THROW(sanity_scored(metric, {}, {{"repeatable", 2}}), ConfigError);
  }
}

TEST(SanityScores, EveryScoreWithAVerdictHasTheThresholdOfItsSettings) {
  for (const char* metric : {"parameter-randomization", "random-logit"}) {
    Params params(Json{{"enough", 0.75}});
    std::size_t judged = 0;
    for (const ScoreInfo& score : find_entry(scorings(), metric, params, "metric").make(params)->scores()) {
      EXPECT_FALSE(score.votes) << score.name;
      if (std::isnan(score.passes)) continue;
      EXPECT_EQ(score.passes, 0.75);
      ++judged;
    }
    EXPECT_EQ(judged, 4u);
  }
}

}  // namespace
}  // namespace assay
