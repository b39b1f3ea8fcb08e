#include <gmock/gmock.h>

#include <cmath>

#include "harness/report/scored_pairs.h"
#include "harness/report/selection.h"
#include "tests/report/scored_study.h"

namespace assay {
namespace {

using test::located;
using test::ScoredStudy;
using testing::ElementsAre;

/// The pairs of a study on RA.
struct Paired {
  explicit Paired(const ScoredStudy& study)
      : observed(study.observed),
        table(scored_table(observed, selection_of(observed.layout, options().metrics), options())),
        lines(lines_of(table, options())) {
    std::vector<const ScoredLine*> all;
    for (const ScoredLine& line : lines) all.push_back(&line);
    pairs = wrapped_pairs(all, table.images[0], options());
  }
  static ReportOptions options() {
    ReportOptions asked;
    asked.metrics = {"RA"};
    asked.resamples = 200;
    return asked;
  }

  Observed observed;
  ScoredTable table;
  std::vector<ScoredLine> lines;
  std::vector<WrappedPair> pairs;
};

TEST(WrappedPairs, DifferenceToTheBase) {
  const Paired found(test::localisation_study());
  const auto& pairs = found.pairs;
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(pairs[0].wrapper->cell->row, "var(guided)");
  EXPECT_EQ(pairs[0].base->cell->row, "guided");
  EXPECT_EQ(pairs[0].kept, 16u);
  EXPECT_DOUBLE_EQ(pairs[0].without, 0.3);
  EXPECT_DOUBLE_EQ(pairs[0].with, 0.7);
  EXPECT_DOUBLE_EQ(pairs[0].difference, 0.4);
  EXPECT_NEAR(pairs[0].interval.low, 0.4, 1e-12);
  EXPECT_DOUBLE_EQ(pairs[0].p, 2.0 / 256);
}

const Record kFailed{Status::failed, "map is not finite", values_of(LocalisationObservation{})};

TEST(WrappedPairs, OnlyOfEqualSettingsAndOfWhatBothKeep) {
  ScoredStudy study(2);
  study.add("base", "grad", {{"score", "logit"}, {"scale", "none"}}, "localisation",
            {located(0.1), located(0.2), kFailed, located(0.9)});
  study.add("same", "var", {{"of", "grad"}, {"score", "logit"}, {"scale", "max-abs"}}, "localisation",
            {located(0.3), located(0.6), located(1), kFailed});
  study.add("other", "var", {{"of", "grad"}, {"score", "probability"}}, "localisation",
            {located(0.3), located(0.6), located(1), kFailed});
  const Paired found(study);
  ASSERT_EQ(found.pairs.size(), 1u);
  EXPECT_EQ(found.pairs[0].wrapper->cell->row, "same");
  EXPECT_EQ(found.pairs[0].kept, 2u);
  EXPECT_DOUBLE_EQ(found.pairs[0].without, 0.15);
  EXPECT_DOUBLE_EQ(found.pairs[0].difference, 0.3);
  EXPECT_TRUE(std::isnan(found.pairs[0].interval.low));  // both samples are of one image
}

/// What a plan keeps of a configuration: its own parameters and the view, `scale` and `smooth` where they are
/// not the default.
Json planned(Json own, const std::string& reduce, bool positive, std::int64_t dilations) {
  const Json view{{"reduce", reduce},   {"positive", positive}, {"dilations", dilations},
                  {"normalise", false}, {"resize", "bicubic"},  {"clamp", positive},
                  {"scale", "max-abs"}};
  own.update(view);
  return own;
}

TEST(WrappedPairs, AreOfEqualParametersHoweverTheyAreViewed) {
  ScoredStudy study(2);
  const auto add = [&](const std::string& name, const std::string& method, const Json& settings, double ra) {
    std::vector<Record> records;
    for (int i = 0; i < 4; ++i) records.push_back(located(ra + 0.01 * i));
    study.add(name, method, settings, "localisation", std::move(records));
  };
  Json bare = planned({{"score", "probability"}, {"layer", "conv5"}}, "sum", false, 0);
  bare.erase("scale");
  add("elsewhere", "grad-cam", planned({{"score", "logit"}, {"layer", "conv4"}}, "sum-positive", true, 0),
      0.9);
  add("first", "grad-cam", planned({{"score", "logit"}, {"layer", "conv5"}}, "sum", true, 2), 0.2);
  add("second", "grad-cam", planned({{"score", "logit"}, {"layer", "conv5"}}, "max-abs", false, 0), 0.3);
  add("bare", "grad-cam", bare, 0.4);
  const auto var = [&](const std::string& score) {
    return planned({{"of", "grad-cam"}, {"score", score}, {"layer", "conv5"}, {"tau", 0.01}}, "sum-positive",
                   false, 0);
  };
  add("var", "var", var("logit"), 0.7);
  add("var of bare", "var", var("probability"), 0.7);
  const Paired found(study);
  ASSERT_EQ(found.pairs.size(), 2u);
  EXPECT_EQ(found.pairs[0].base->cell->row, "first");
  EXPECT_THAT(found.pairs[0].others, ElementsAre("second"));
  EXPECT_NEAR(found.pairs[0].difference, 0.5, 1e-12);
  EXPECT_NEAR(found.pairs[0].interval.low, 0.5, 1e-12);
  EXPECT_EQ(found.pairs[1].base->cell->row, "bare");
  EXPECT_THAT(found.pairs[1].others, ElementsAre());
  EXPECT_NEAR(found.pairs[1].interval.high, 0.3, 1e-12);
  const Table table = pairs_table(found.pairs, "pairs", Paired::options());
  EXPECT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.notes, testing::Contains("var beside first, the first of several that differ in their "
                                             "view alone; not beside second"));
  EXPECT_EQ(table.notes.size(), 2u);
}

TEST(WrappedPairs, ABaseWithoutSamplesGivesWayToTheNext) {
  ScoredStudy study(1);
  study.add("failed", "grad", {{"reduce", "sum"}}, "localisation", {kFailed, kFailed});
  study.add("read", "grad", {{"reduce", "l2"}}, "localisation", {located(0.1), located(0.2)});
  study.add("var", "var", {{"of", "grad"}, {"reduce", "sum"}}, "localisation", {located(0.3), located(0.4)});
  const Paired found(study);
  ASSERT_EQ(found.pairs.size(), 1u);
  EXPECT_EQ(found.pairs[0].base->cell->row, "read");
  EXPECT_TRUE(found.pairs[0].others.empty());
}

}  // namespace
}  // namespace assay
