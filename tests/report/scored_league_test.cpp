#include <gmock/gmock.h>

#include <cmath>

#include "harness/report/document.h"
#include "tests/report/scored_study.h"

// Leagues of metrics that are shown by their scores.

namespace assay {
namespace {

using test::located;
using test::pointed;
using test::ScoredStudy;
using testing::ElementsAre;
using testing::HasSubstr;

ReportOptions league_by(const std::vector<std::string>& metrics, const std::string& format = "text") {
  ReportOptions options;
  options.metrics = metrics;
  options.format = format;
  options.league = true;
  options.resamples = 200;
  return options;
}

std::vector<std::string> row_words(const Table::Row& row) {
  std::vector<std::string> cells{row.name};
  for (const Table::Cell& cell : row.cells) cells.push_back(joined(cell));
  return cells;
}

/// RA says a b d c; c points wrong.
ScoredStudy two_metrics() {
  ScoredStudy study(8);
  const auto add = [&](const std::string& name, double attribution, double distance) {
    study.add(name, name, Json::object(), "localisation", std::vector<Record>(16, located(attribution)));
    study.add(name, name, Json::object(), "pointing-game", std::vector<Record>(16, pointed(distance, 0)));
  };
  add("a", 0.9, 1);
  add("b", 0.7, 1);
  add("c", 0.5, 100);
  add("d", 0.6, 1);
  return study;
}

TEST(AgreementOfOrderings, KendallsTauBetweenTheLeaguesOfTwoMetrics) {
  const ScoredStudy study = two_metrics();
  const ReportOptions options = league_by({"RA", "pointing"});
  const Document document = document_of(study.observed, options);
  ASSERT_EQ(document.size(), 4u);
  EXPECT_EQ(document[0].title, "League by RA: mean rank over 1 columns, 1 = best");
  EXPECT_EQ(document[0].rows[0].name, "a");
  EXPECT_EQ(document[1].title, "League by pointing: mean rank over 1 columns, 1 = best");
  EXPECT_EQ(document[2].title, "Agreement of the orderings: Kendall's tau-b of the mean ranks");
  // ranks 1 2 4 3 and 2 2 4 2: three pairs agree, RA tells 6 apart, pointing 3
  EXPECT_THAT(row_words(document[2].rows[0]), ElementsAre("RA", "1.00 (4)", "0.71 (4)"));
  EXPECT_THAT(row_words(document[2].rows[1]), ElementsAre("pointing", "0.71 (4)", "1.00 (4)"));
}

TEST(ScoredLeague, SeveralLeaguesAreOneTableAsCsv) {
  const ScoredStudy study = two_metrics();
  const ReportOptions options = league_by({"RA", "pointing"}, "csv");
  const std::string csv = render(document_of(study.observed, options), "csv");
  EXPECT_THAT(csv, testing::StartsWith("league,configuration,mean rank,"));
  EXPECT_THAT(csv, HasSubstr("\nRA,d,3.00,"));
  EXPECT_THAT(csv, HasSubstr("\npointing,c,4.00,"));
  const std::string one = render(document_of(study.observed, league_by({"RA"}, "csv")), "csv");
  EXPECT_THAT(one, testing::StartsWith("configuration,mean rank,"));
}

/// So many positive pixels, each 1, in a region of a quarter of the image and in all.
Record binary(double inside, double positive) {
  return {Status::ok, "", values_of(LocalisationObservation{inside, positive, inside, positive, 25, 100})};
}

TEST(ScoredLeague, RecallAndPrecisionHaveNoVote) {
  ScoredStudy study(8);
  study.add("everything", "everything", Json::object(), "localisation",
            std::vector<Record>(16, binary(25, 100)));
  study.add("one pixel", "one", Json::object(), "localisation", std::vector<Record>(16, binary(1, 1)));
  study.add("most", "most", Json::object(), "localisation", std::vector<Record>(16, binary(20, 21)));
  const Document all = document_of(study.observed, league_by({}));
  EXPECT_EQ(all[0].title, "League by RA, F1, IoU: mean rank over 3 columns, 1 = best");
  EXPECT_EQ(all[0].rows[0].name, "most");
  // RA 2 of 3, F1 and IoU 1
  EXPECT_EQ(joined(all[0].rows[0].cells[0]), "1.33");
  EXPECT_EQ(document_of(study.observed, league_by({"recall", "IoU"}))[0].title,
            "League by IoU: mean rank over 1 columns, 1 = best");
  const Document asked = document_of(study.observed, league_by({"recall"}));
  EXPECT_EQ(asked[0].title, "League by recall: mean rank over 1 columns, 1 = best");
  EXPECT_EQ(asked[0].rows[0].name, "everything");
}

TEST(ScoredLeague, RecallHasNoBestRow) {
  ReportOptions options = league_by({"precision", "recall"});
  options.league = false;
  const ScoredStudy study = test::localisation_study();
  const Document document = document_of(study.observed, options);
  std::size_t stars = 0;
  for (const Table::Row& row : document[0].rows) {
    EXPECT_THAT(joined(row.cells[1]), testing::Not(testing::ContainsRegex("[*=]"))) << row.name;
    stars += joined(row.cells[0]).find('*') != std::string::npos;
  }
  EXPECT_EQ(stars, 1u);
  EXPECT_THAT(document[document.size() - 2].notes,
              testing::Contains(testing::EndsWith("no vote in the league; rows are not compared")));
}

/// A deletion curve with that area under its two points.
Record deleted(double area) {
  return {Status::ok, "", {100}, {}, {{2 * area, 0}, {1, -1}, {0, 100}}};
}

TEST(ScoredLeague, LowerIsBetterWhereAScoreSaysSo) {
  ScoredStudy study(8);
  study.add("good", "good", Json::object(), "deletion", std::vector<Record>(16, deleted(0.125)));
  study.add("bad", "bad", Json::object(), "deletion", std::vector<Record>(16, deleted(0.375)));
  study.add("random", "random", Json::object(), "deletion", std::vector<Record>(16, deleted(0.25)));
  const Document league = document_of(study.observed, league_by({"deletion"}));
  for (std::size_t place = 0; place < 3; ++place)
    EXPECT_EQ(league[0].rows[place].name, (std::vector<std::string>{"good", "random", "bad"}[place]));
  ReportOptions options = league_by({"deletion"});
  options.league = false;
  const Document document = document_of(study.observed, options);
  EXPECT_THAT(row_words(document[0].rows[0]), ElementsAre("good", HasSubstr("12.5*")));
  EXPECT_THAT(joined(document[0].rows[1].cells[0]), HasSubstr("37.5 "));
  EXPECT_EQ(document[0].rows.size(), 3u);  // nobody knows what chance would have
  EXPECT_THAT(document[document.size() - 2].notes, testing::Contains(HasSubstr("lower is better")));
}

}  // namespace
}  // namespace assay
