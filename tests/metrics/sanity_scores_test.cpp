#include "metrics/sanity_scores.h"

#include <gmock/gmock.h>

#include <cmath>

#include "metrics/parameter_randomization_scores.h"
#include "metrics/random_logit_scores.h"

namespace assay {
namespace {

ScoredRecord sanity_scored(const std::string& metric, const std::vector<double>& values,
                           const Json& settings = Json::object()) {
  Params params(settings);
  const auto scoring = find_entry(scorings(), metric, params, "metric").make(params);
  params.finish();
  return scoring->score({Status::ok, "", values});
}

/// Everything that a cascade observes: similarities 0.8, 0.6, 0.4 and 0.2 at the end.
RandomizationObservation cascade(double fresh, double repeat) {
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
  const ScoredRecord same = sanity_scored("parameter-randomization", values_of(cascade(0, 0.1)));
  ASSERT_EQ(same.scores.size(), 5u);
  const double expected[] = {0.2, 0.4, 0.6, 1, 0.25};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(same.scores[i].value, expected[i], 1e-12);
  const ScoredRecord fresh = sanity_scored("parameter-randomization", values_of(cascade(1, 0.8)));
  EXPECT_NEAR(fresh.scores[0].value, 0, 1e-12);
  EXPECT_NEAR(fresh.scores[2].value, 0.5, 1e-12);
  const ScoredRecord blind = sanity_scored("parameter-randomization", values_of(cascade(1, 0.1)));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(blind.scores[i].left_out, kNotRepeatable);
  EXPECT_NEAR(blind.scores[4].value, 0.25, 1e-12);
  EXPECT_NEAR(sanity_scored("parameter-randomization", values_of(cascade(1, 0.1)), {{"repeatable", 0.05}})
                  .scores[3]
                  .value,
              1, 1e-12);
}

/// A map that is blind to the top layers has changed all the same once everything is random.
TEST(SanityScores, ACascadeIsJudgedAtItsEndOnAverageOrAtItsFirstStep) {
  const std::vector<double> values = values_of(cascade(0, 1));
  for (const auto& [judged, expected] :
       {std::pair("last", 0.2), std::pair("mean", 0.1), std::pair("first", 0.0)})
    EXPECT_NEAR(sanity_scored("parameter-randomization", values, {{"judged", judged}}).scores[0].value,
                expected, 1e-12)
        << judged;
  EXPECT_THROW(sanity_scored("parameter-randomization", values, {{"judged", "middle"}}), ConfigError);
}

TEST(SanityScores, OneStageAtATimeIsScoredByItsMean) {
  RandomizationObservation seen = cascade(0, 1);
  seen.full = 0;
  seen.rise = kNaN;
  const ScoredRecord record = sanity_scored("parameter-randomization", values_of(seen));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(record.scores[i].value, 0.1, 1e-12);
  EXPECT_EQ(record.scores[4].left_out, "one_at_a_time");
}

TEST(SanityScores, RandomLogitIsComparedWithTheSameMap) {
  const ScoredRecord record =
      sanity_scored("random-logit", values_of(RandomLogitObservation{3, {1, 0.5, 0, kNaN}}));
  EXPECT_EQ(record.scores[0].value, 0);
  EXPECT_EQ(record.scores[1].value, 0.5);
  EXPECT_EQ(record.scores[2].value, 1);
  EXPECT_EQ(record.scores[3].left_out, "constant_map");
}

TEST(SanityScores, ValuesGoBothWaysAndWrongOnesAreRefused) {
  const std::vector<double> values = values_of(cascade(1, 0.5));
  EXPECT_EQ(values.size(), randomization_columns().size());
  EXPECT_EQ(values_of(randomization_observation(values)), values);
  EXPECT_EQ(randomization_columns().back().name, "complexity_rise");
  EXPECT_EQ(randomization_columns()[7].name, "repeat_spearman");
  EXPECT_EQ(values[7], 0.5);
  for (const char* metric : {"parameter-randomization", "random-logit"}) {
    EXPECT_THROW(sanity_scored(metric, {1, 2, 3}), DataError);
    EXPECT_THROW(sanity_scored(metric, values, {{"enough", 0}}), ConfigError);
    EXPECT_THROW(sanity_scored(metric, values, {{"repeatable", 2}}), ConfigError);
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
