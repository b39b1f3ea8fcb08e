#include "harness/report/scored.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "harness/report/document.h"
#include "harness/report/images.h"
#include "harness/report/scored_lines.h"
#include "tests/report/scored_study.h"

namespace assay {
namespace {

using test::located;
using test::pointed;
using test::ScoredStudy;
using testing::ElementsAre;
using testing::HasSubstr;

ReportOptions options_of(const std::vector<std::string>& metrics, const std::string& format = "text") {
  ReportOptions options;
  options.metrics = metrics;
  options.format = format;
  options.resamples = 200;
  return options;
}

ScoredTable table_of(const Observed& observed, const ReportOptions& options) {
  return scored_table(observed, selection_of(observed.layout, options.metrics), options);
}

std::vector<std::string> shown(const Table::Row& row) {
  std::vector<std::string> cells{row.name};
  for (const Table::Cell& cell : row.cells) cells.push_back(joined(cell));
  return cells;
}

TEST(ScoredLines, LocalisationByHand) {
  const ScoredStudy study = test::localisation_study();
  const ScoredTable table = table_of(study.observed, options_of({"RA"}));
  const std::vector<ScoredLine> lines = lines_of(table, options_of({"RA"}));
  ASSERT_EQ(lines.size(), 5u);
  const ScoredLine &guided = lines[0], &var = lines[1], &skipped = lines[4];
  EXPECT_DOUBLE_EQ(guided.average, 0.3);
  EXPECT_DOUBLE_EQ(guided.median, 0.3);
  EXPECT_DOUBLE_EQ(guided.quartiles.low, 0.2);
  EXPECT_DOUBLE_EQ(guided.quartiles.high, 0.4);
  EXPECT_DOUBLE_EQ(guided.chance, 0.25);
  EXPECT_DOUBLE_EQ(guided.chance_median, 0.25);
  EXPECT_EQ(guided.kept, 16u);
  EXPECT_NEAR(guided.interval.low, 0.3, 1e-12);  // every image has the mean 0.3, whatever is drawn
  EXPECT_NEAR(guided.interval.high, 0.3, 1e-12);
  EXPECT_TRUE(var.best);
  EXPECT_FALSE(guided.tied);
  EXPECT_NEAR(*guided.p, 3 * 2.0 / 256, 1e-12);  // eight images, not sixteen samples; three rows
  EXPECT_EQ(skipped.kept, 0u);
  EXPECT_TRUE(std::isnan(skipped.average));
  EXPECT_EQ(skipped.why, "skipped: no layer");
  EXPECT_EQ(skipped.left_out.at("skipped"), 16u);
}

TEST(ScoredLines, PointingIsTheMeanOfTheClasses) {
  ScoredStudy study(3);
  // class 0 hits 2 of 3, class 1 1 of 1, class 2 0 of 1; the last is failed
  std::vector<Record> records{pointed(0, 0), pointed(14.9, 0, 1), pointed(15, 0, 2), pointed(3, 1, 1),
                              pointed(90, 2)};
  records.push_back({Status::failed, "map is not finite", values_of(PointObservation{})});
  study.add("center", "center", Json::object(), "pointing-game", records);
  const ReportOptions options = options_of({"pointing-game"});
  const ScoredTable table = table_of(study.observed, options);
  const std::vector<ScoredLine> lines = lines_of(table, options);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_DOUBLE_EQ(lines[0].average, (2.0 / 3 + 1 + 0) / 3);
  EXPECT_EQ(lines[0].kept, 5u);
  EXPECT_DOUBLE_EQ(lines[0].chance, (0.1 + 0.3 + 0.5) / 3);  // over samples it would be 1.1 / 5
  EXPECT_DOUBLE_EQ(lines[1].average, (0.5 + 1) / 2);         // two of class 0, one of class 1
  EXPECT_EQ(lines[1].kept, 3u);
  EXPECT_DOUBLE_EQ(lines[1].chance, (0.1 + 0.3) / 2);
  EXPECT_EQ(lines[1].left_out.at("not_difficult"), 2u);
  EXPECT_EQ(lines[1].left_out.at("failed"), 1u);
  EXPECT_TRUE(table.cells[0].control);
}

TEST(ScoredLines, AnotherToleranceNeedsNoOtherRun) {
  ScoredStudy study(1);
  study.add("grad", "grad", Json::object(), "pointing-game", {pointed(20, 0), pointed(40, 0)});
  ReportOptions options = options_of({"pointing"});
  const auto score = [&] { return lines_of(table_of(study.observed, options), options)[0].average; };
  EXPECT_EQ(score(), 0);
  options.scores = {{"tolerance", 30}};
  EXPECT_EQ(score(), 0.5);
  study.observed.layout.config["protocols"][0]["scores"]["pointing-game"] = {{"tolerance", 50}};
  EXPECT_EQ(score(), 0.5);  // --scores is laid over the protocol
  options.scores = Json::object();
  EXPECT_EQ(score(), 1);
  options.scores = {{"tolerance", -1}};
  EXPECT_THAT([&] { score(); },
              testing::ThrowsMessage<ConfigError>("--scores: tolerance: must not be negative"));
  options.scores = {{"epsilon", 0.1}};
  EXPECT_THAT([&] { score(); }, testing::ThrowsMessage<ConfigError>(HasSubstr("epsilon: unknown key")));
}

TEST(ScoredTables, AScoreByHand) {
  const ScoredStudy study = test::localisation_study();
  const Document document = document_of(study.observed, options_of({"RA"}));
  ASSERT_EQ(document.size(), 5u);
  EXPECT_EQ(document[0].title, "localisation: RA x100: mosaics / net, protocol paper");
  EXPECT_THAT(document[0].heads[0], ElementsAre("RA", "note"));
  EXPECT_THAT(shown(document[0].rows[0]), ElementsAre("guided", "30.0 30.0..30.0 (16)", "a"));
  EXPECT_THAT(shown(document[0].rows[1]), ElementsAre("var(guided)", "70.0* 70.0..70.0 (16)", ""));
  EXPECT_THAT(shown(document[0].rows[4]), ElementsAre("lrp", "skipped", "b"));
  EXPECT_THAT(shown(document[0].rows[5]), ElementsAre("chance: a uniform map", "25.0", ""));
  EXPECT_THAT(document[0].notes, ElementsAre("a: scaled by min-max", "b: skipped: no layer"));
  EXPECT_EQ(document[1].title, "localisation: RA x100, median and quartiles: mosaics / net, protocol paper");
  EXPECT_THAT(shown(document[1].rows[0]), ElementsAre("guided", "30.0 20.0..40.0", "a"));
  EXPECT_EQ(document[2].title,
            "localisation: wrapped methods beside their base x100: mosaics / net, protocol paper");
  EXPECT_EQ(document[2].rows[0].block, "RA");
  EXPECT_THAT(shown(document[2].rows[0]),
              ElementsAre("var(guided)", "guided", "70.0", "30.0", "+40.0", "40.0..40.0", "0.008", "16"));
  EXPECT_THAT(document[3].notes, testing::Contains("paper: empty=zero least=1e-07"));
  EXPECT_EQ(document[4].title, "Coverage");
  EXPECT_THAT(document[4].heads[0], ElementsAre("images", "samples", "read", "right", "not read"));
  EXPECT_THAT(shown(document[4].rows[0]), ElementsAre("mosaics / net", "8", "16", "16", "10", "-"));
}

TEST(ScoredTables, FitAPageAndLeaveNoCellEmpty) {
  const ScoredStudy study = test::localisation_study();
  for (const Table& table : document_of(study.observed, options_of({}, "markdown"))) {
    EXPECT_LE(text_width(table), kPageWidth) << table.title;
    for (const Table::Row& row : table.rows)
      for (std::size_t i = 0; i < row.cells.size(); ++i)
        if (table.heads.back()[i] != "note") EXPECT_NE(joined(row.cells[i]), "") << table.title << row.name;
  }
  const std::string text = render(document_of(study.observed, options_of({}, "markdown")), "text");
  for (const char* word : {"RA", "precision", "recall", "F1", "IoU", "left out", "skipped 16"})
    EXPECT_THAT(text, HasSubstr(word));
  EXPECT_THAT(text, testing::Not(HasSubstr("CCG")));
}

TEST(ScoredTables, CsvIsOneLongTable) {
  const ScoredStudy study = test::localisation_study();
  const std::string csv = render(document_of(study.observed, options_of({"RA"}, "csv")), "csv");
  EXPECT_THAT(csv,
              HasSubstr("protocol,dataset,network,metric,variant,row,method,control,score,average_x100,"));
  EXPECT_THAT(csv,
              HasSubstr("\npaper,mosaics,net,localisation,,guided,guided-backprop,0,RA,30,30,30,30,20,40,25,"
                        "16,16,,0,"));
  EXPECT_THAT(csv, HasSubstr("uniform,uniform,1,RA,25,"));
}

TEST(Selection, NamesOfMetricsAndScores) {
  const ScoredStudy study = test::localisation_study();
  const auto selected = [&](const std::vector<std::string>& names) {
    const Selection selection = selection_of(study.observed.layout, names);
    std::string text = fmt::format("{}", fmt::join(selection.gain, " "));
    for (const SelectedMetric& one : selection.scores)
      text += fmt::format("; {}: {}", one.metric, fmt::join(one.scores, " "));
    return text;
  };
  EXPECT_EQ(selected({}), "; localisation: RA precision recall F1 IoU");
  EXPECT_EQ(selected({"iou", "RA"}), "; localisation: RA IoU");
  EXPECT_EQ(selected({"ccg", "Pointing-Game"}), "CCG; pointing-game: pointing pointing-difficult");
  EXPECT_EQ(selected({"confidence-gain"}), "SCG CCG");
  EXPECT_THAT(
      [&] {
        selected({"RA", "hits"});
      },
      testing::ThrowsMessage<ConfigError>(testing::StartsWith("unknown metric 'hits'; known: ")));
  test::MadeUp gain = test::one_cell();
  const int mwp = gain.explanation("c-mwp");
  gain.row("paper", "C-MWP", gain.overlap(mwp, 0.25, {5, 10, 0, 10, 0, 5, 0}));
  EXPECT_TRUE(selection_of(gain.observed.layout, {}).scores.empty());  // a column of Table 1
  EXPECT_EQ(selection_of(gain.observed.layout, {"on-object"}).scores.size(), 1u);
}

TEST(Selection, SettingsGoToTheMetricsThatKnowThem) {
  const Selection both{{"SCG"}, {{"pointing-game", {"pointing"}}, {"localisation", {"RA"}}}};
  const Json given{{"tolerance", 3}, {"epsilon", 0.1}, {"nonsense", 1}};
  EXPECT_EQ(overrides_for("pointing-game", both, given), (Json{{"tolerance", 3}, {"nonsense", 1}}));
  EXPECT_EQ(overrides_for("confidence-gain", both, given), (Json{{"epsilon", 0.1}, {"nonsense", 1}}));
  EXPECT_EQ(overrides_for("localisation", both, given), (Json{{"nonsense", 1}}));
}

TEST(Selection, RegionOverlapHasATableWhereItIsAskedFor) {
  test::MadeUp study = test::one_cell();
  const int mwp = study.explanation("c-mwp");
  study.row("paper", "C-MWP", study.overlap(mwp, 0.25, {5, 10, 0, 10, 0, 5, std::nan("")}));
  const Document document = document_of(study.observed, options_of({"region-overlap"}));
  EXPECT_EQ(document[0].title,
            "region-overlap: on-object and of-object x100: scenes / places, protocol paper");
  EXPECT_EQ(document[0].rows[0].block, "rho=0.25 base=");
  EXPECT_THAT(joined(document[0].rows[0].cells[0]), testing::StartsWith("20.0 "));  // 30 of 6 x 25
  EXPECT_THAT(shown(document[0].rows[1]), ElementsAre("chance: a blind mask", "10.0", "25.0"));
}

TEST(Selection, WhatIsNotHeldIsSaid) {
  const ScoredStudy study = test::localisation_study();
  EXPECT_THAT([&] { document_of(study.observed, options_of({"pointing"})); },
              testing::ThrowsMessage<DataError>(HasSubstr("no pointing-game rows to show")));
  ReportOptions options = options_of({});
  options.networks = {"nut"};
  EXPECT_THAT([&] { document_of(study.observed, options); },
              testing::ThrowsMessage<ConfigError>("unknown network 'nut'; known: net"));
}

TEST(Images, AreTheSamplesOfOnePicture) {
  std::vector<SampleRow> samples(7);
  const char* pictures[] = {"a.jpg", "b", "a.jpg", "", "b", "", "c/n02.jpg"};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].name = "a.jpg/black/white";
    samples[i].image = pictures[i];
  }
  EXPECT_THAT(image_indices(samples), ElementsAre(0, 1, 0, 2, 1, 3, 4));
  EXPECT_EQ(image_count(image_indices(samples)), 5u);
  EXPECT_EQ(image_count({}), 0u);
}

}  // namespace
}  // namespace assay
