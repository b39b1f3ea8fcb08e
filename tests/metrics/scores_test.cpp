#include "metrics/scores.h"

#include <gmock/gmock.h>

#include <cmath>

#include "metrics/localisation_scores.h"
#include "metrics/pointing_game_scores.h"
#include "metrics/region_overlap_scores.h"

namespace assay {
namespace {

std::unique_ptr<Scoring> scoring(const std::string& metric, const Json& settings = Json::object()) {
  Params params(settings);
  auto made = find_entry(scorings(), metric, params, "metric").make(params);
  params.finish();
  return made;
}

ScoredRecord scored(const std::string& metric, const std::vector<double>& values,
                    const Json& settings = Json::object()) {
  return scoring(metric, settings)->score({Status::ok, "", values});
}

PointObservation point(double distance, double area, double others, double marked = 0) {
  PointObservation seen;
  seen.target = 7;
  seen.row = seen.column = 3;
  seen.distance = distance;
  seen.area = area;
  seen.near = 0.3;
  seen.objects = 2;
  seen.marked = marked;
  seen.others = others;
  return seen;
}

TEST(Scores, EveryRecordHasAValueOrAReasonForEachScore) {
  const std::vector<std::pair<std::string, std::vector<double>>> records{
      {"region-overlap", values_of(OverlapObservation{0, 10, 0, 100})},
      {"localisation", values_of(LocalisationObservation{0, 0, 0, 0, 25, 100})},
      {"pointing-game", values_of(point(20, 0.5, 0))}};
  for (const auto& [metric, values] : records)
    for (const Json& settings :
         {Json::object(), metric == "localisation" ? Json{{"empty", "left-out"}} : Json::object()}) {
      const ScoredRecord record = scored(metric, values, settings);
      ASSERT_EQ(record.scores.size(), scoring(metric, settings)->scores().size());
      for (const ScoreValue& score : record.scores)
        EXPECT_EQ(std::isnan(score.value), !score.left_out.empty()) << metric;
    }
}

TEST(Scores, PointingIsAHitPerClassAndHasADifficultSet) {
  const ScoredRecord easy = scored("pointing-game", values_of(point(14.9, 0.25, 3)));
  EXPECT_EQ(easy.group, 7);
  EXPECT_EQ(easy.scores[0].value, 1);
  EXPECT_EQ(easy.scores[0].chance, 0.3);
  EXPECT_EQ(easy.scores[1].left_out, "not_difficult");  // not less than a quarter
  const ScoredRecord alone = scored("pointing-game", values_of(point(14.9, 0.1, 0)));
  EXPECT_EQ(alone.scores[1].left_out, "not_difficult");  // no other class
  const ScoredRecord difficult = scored("pointing-game", values_of(point(15, 0.24, 1)));
  EXPECT_EQ(difficult.scores[0].value, 0);
  EXPECT_EQ(difficult.scores[1].value, 0);
  EXPECT_EQ(scored("pointing-game", values_of(point(15, 0.24, 1)), {{"tolerance", 16}}).scores[1].value, 1);
  EXPECT_TRUE(std::isnan(
      scored("pointing-game", values_of(point(15, 0.24, 1)), {{"tolerance", 16}}).scores[1].chance));
  EXPECT_EQ(scored("pointing-game", values_of(point(9, 0.3, 1)), {{"difficult_area", 0.5}}).scores[1].value,
            1);
}

TEST(Scores, ClassesWithNothingButMarkedObjectsAreLeftOutUnlessAskedFor) {
  EXPECT_EQ(scored("pointing-game", values_of(point(1, 0.1, 1, 1))).scores[0].value, 1);  // one of two
  const ScoredRecord marked = scored("pointing-game", values_of(point(1, 0.1, 1, 2)));
  EXPECT_EQ(marked.scores[0].left_out, "marked_difficult");
  EXPECT_EQ(marked.scores[1].left_out, "marked_difficult");
  EXPECT_EQ(scored("pointing-game", values_of(point(1, 0.1, 1, 2)), {{"skip_marked", false}}).scores[0].value,
            1);
}

TEST(Scores, RaosRuleForEmptyMaps) {
  const auto seen = [](double inside, double total) {
    return values_of(LocalisationObservation{inside, total, 20, 40, 25, 100});
  };
  EXPECT_EQ(scored("localisation", seen(0.5e-7, 1e-7)).scores[0].value, 0);
  EXPECT_DOUBLE_EQ(scored("localisation", seen(1e-7, 2e-7)).scores[0].value, 0.5);
  EXPECT_DOUBLE_EQ(scored("localisation", seen(0.5e-7, 1e-7), {{"least", 0}}).scores[0].value, 0.5);
  const ScoredRecord empty = scored("localisation", seen(0, 0), {{"least", 0}, {"empty", "left-out"}});
  for (const ScoreValue& score : empty.scores) EXPECT_EQ(score.left_out, "empty_map");
}

TEST(Scores, ChanceIsAUniformMap) {
  const ScoredRecord record =
      scored("localisation", values_of(LocalisationObservation{1, 2, 20, 40, 25, 100}));
  std::vector<double> values, chances;
  for (const ScoreValue& score : record.scores) {
    values.push_back(score.value);
    chances.push_back(score.chance);
  }
  EXPECT_EQ(values, (std::vector<double>{0.5, 0.5, 0.8, 40.0 / 65, 20.0 / 45}));
  EXPECT_EQ(chances, (std::vector<double>{0.25, 0.25, 1, 0.4, 0.25}));
  const ScoredRecord overlap = scored("region-overlap", values_of(OverlapObservation{25, 10, 5, 100}));
  EXPECT_EQ(overlap.scores[0].value, 0.2);
  EXPECT_EQ(overlap.scores[0].chance, 0.1);
  EXPECT_EQ(overlap.scores[1].value, 0.5);
  EXPECT_EQ(overlap.scores[1].chance, 0.25);
}

TEST(Scores, WrongSettingsAndRecordsAreRefused) {
  EXPECT_THAT(
      [] {
        scoring("pointing-game", {{"tolerance", -1}});
      },
      testing::ThrowsMessage<ConfigError>("tolerance: must not be negative"));
  EXPECT_THROW(scoring("pointing-game", {{"difficult_area", 0}}), ConfigError);
  EXPECT_THROW(scoring("localisation", {{"least", -1}}), ConfigError);
  EXPECT_THROW(scoring("localisation", {{"empty", "maybe"}}), ConfigError);
  EXPECT_THROW(scoring("localisation", {{"tolerance", 1}}), ConfigError);
  for (const char* metric : {"pointing-game", "localisation", "region-overlap"})
    EXPECT_THROW(scored(metric, {1, 2}), DataError);
}

TEST(Scores, ObservationsComeBackAsTheyWere) {
  const std::vector<double> nine{1, 2, 3, 4, 5, 6, 7, 8, 9}, six{1, 2, 3, 4, 5, 6};
  EXPECT_EQ(values_of(point_observation(nine)), nine);
  EXPECT_EQ(values_of(localisation_observation(six)), six);
  EXPECT_EQ(pointing_game_columns().size(), nine.size());
  EXPECT_EQ(localisation_columns().size(), six.size());
}

}  // namespace
}  // namespace assay
