#include "harness/report/verdicts.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "harness/report/curve_tables.h"
#include "harness/report/document.h"
#include "metrics/parameter_randomization_scores.h"
#include "tests/report/scored_study.h"

namespace assay {
namespace {

using test::ScoredStudy;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kMprt = "parameter-randomization";

/// A map that is as like itself as `repeat` when explained again, and whose similarities fall to `last`.
Record randomized(double last, double repeat = 1, double fresh = 0) {
  RandomizationObservation seen;
  seen.steps = 2;
  seen.stages = 3;
  seen.full = 1;
  seen.repredicted = seen.undefined = 0;
  seen.samples = 1;
  seen.fresh = fresh;
  seen.repeat = {repeat, repeat, repeat, repeat};
  seen.area = seen.first = seen.last = {last, last, last, last};
  seen.complexity = 2;
  seen.rise = 0.5;
  return {Status::ok,
          "",
          values_of(seen),
          {},
          {{1, last}, {1, last}, {1, last}, {kNaN, last}, {2, 3}, {1, 3}, {9007199254740991, 2, 3}}};
}

/// Four images of two samples each.
ScoredStudy sanity_study() {
  ScoredStudy study(4);
  study.observed.layout.metrics.push_back({kMprt, randomization_columns(), randomization_curves()});
  const auto add = [&](const std::string& name, const std::vector<Record>& pair) {
    std::vector<Record> records;
    for (int i = 0; i < 8; ++i) records.push_back(pair[static_cast<std::size_t>(i % 2)]);
    study.add(name, name, Json::object(), kMprt, records);
  };
  add("grad", {randomized(0), randomized(0.2)});
  add("edge", {randomized(1), randomized(1)});
  add("random", {randomized(0, 0, 1), randomized(0.02, 0.01, 1)});
  add("rise", {randomized(0.1, 0.4, 1), randomized(0.1, 0.9, 1)});
  study.add("cam", "cam", Json::object(), kMprt,
            std::vector<Record>(8, {Status::skipped, "no layer", values_of(RandomizationObservation{})}));
  std::vector<Record> apart;
  for (int i = 0; i < 8; ++i) apart.push_back(randomized(i < 4 ? 0 : 1));
  study.add("half", "half", Json::object(), kMprt, apart);
  return study;
}

ReportOptions sanity_options(const std::string& format = "text") {
  ReportOptions options;
  options.metrics = {kMprt};
  options.format = format;
  options.resamples = 200;
  return options;
}

std::vector<std::string> cells_of(const Table::Row& row) {
  std::vector<std::string> cells{row.name};
  for (const Table::Cell& cell : row.cells) cells.push_back(joined(cell));
  return cells;
}

TEST(Verdicts, RowsPassFailOrSayNothing) {
  const ScoredStudy study = sanity_study();
  const Document document = document_of(study.observed, sanity_options());
  const auto found = std::ranges::find_if(
      document, [](const Table& table) { return table.title.find("verdicts") != std::string::npos; });
  ASSERT_NE(found, document.end());
  EXPECT_EQ(found->title, "parameter-randomization: verdicts: mosaics / net, protocol paper");
  EXPECT_THAT(found->heads[0], ElementsAre("MPRT-spearman", "MPRT-abs", "MPRT-ssim", "MPRT-hog"));
  const auto row = [&](std::size_t i) { return cells_of(found->rows.at(i)); };
  EXPECT_THAT(row(0), ElementsAre("grad", "passes", "passes", "passes", "passes"));
  EXPECT_THAT(row(1), ElementsAre("edge", "fails", "fails", "fails", "fails"));
  EXPECT_THAT(row(2),
              ElementsAre("random", "uninformative", "uninformative", "uninformative", "uninformative"));
  EXPECT_THAT(row(3)[1], "uninformative");  // half of the samples
  EXPECT_THAT(row(4), ElementsAre("cam", "-", "-", "-", "-"));
  EXPECT_THAT(row(5), ElementsAre("half", "undecided", "undecided", "undecided", "undecided"));
  EXPECT_THAT(found->notes[0], HasSubstr("at or above 50.0"));
}

TEST(Verdicts, AnotherThresholdNeedsNoOtherRun) {
  const ScoredStudy study = sanity_study();
  ReportOptions options = sanity_options("csv");
  options.scores = {{"enough", 0.95}, {"repeatable", 0.3}};
  const std::string csv = render(document_of(study.observed, options), "csv");
  EXPECT_THAT(csv, HasSubstr(",why,note,verdict\n"));
  const auto verdict = [&](const std::string& row) {
    const std::size_t line = csv.find(",," + row + "," + row + ",");
    const std::size_t end = csv.find('\n', line);
    const std::size_t comma = csv.rfind(',', end);
    return csv.substr(comma + 1, end - comma - 1);
  };
  EXPECT_EQ(verdict("grad"), "fails");  // 0.9 on every image
  EXPECT_EQ(verdict("edge"), "fails");
  EXPECT_EQ(verdict("random"), "uninformative");
  EXPECT_EQ(verdict("rise"), "fails");
}

TEST(Verdicts, OfOneImageCompareItsAverage) {
  ScoredLine line;
  const ScoreInfo info{.name = "x", .doc = "", .passes = 0.5};
  line.info = &info;
  line.kept = 1;
  line.interval = {kNaN, kNaN};
  line.average = 0.5;
  EXPECT_EQ(verdict_of(line), SanityVerdict::passes);
  line.average = 0.49;
  EXPECT_EQ(verdict_of(line), SanityVerdict::fails);
  line.left_out = {{std::string(kNotRepeatable), 1}};
  EXPECT_EQ(verdict_of(line), SanityVerdict::uninformative);
  const ScoreInfo without{.name = "y", .doc = ""};
  line.info = &without;
  EXPECT_EQ(verdict_of(line), SanityVerdict::none);
}

TEST(Verdicts, SanityChecksRankOnlyWhereTheyAreAskedFor) {
  const ScoredStudy study = sanity_study();
  ReportOptions options = sanity_options();
  options.league = true;
  EXPECT_NE(document_of(study.observed, options).front().title, "");
  options.metrics.clear();
  EXPECT_THAT([&] { document_of(study.observed, options); },
              testing::ThrowsMessage<DataError>(
                  HasSubstr("no league to show: sanity checks (parameter-randomization) do not rank")));
}

TEST(CurveTables, AverageTheSamplesStepByStep) {
  const ScoredStudy study = sanity_study();
  ReportOptions options = sanity_options();
  options.curves = true;
  const Document document = document_of(study.observed, options);
  ASSERT_EQ(document.size(), 6u);  // four similarities, complexity, stages; no seeds
  EXPECT_EQ(document[0].title,
            "parameter-randomization: spearman (1), mean by step: mosaics / net, protocol paper");
  EXPECT_THAT(document[0].heads[0], ElementsAre("1", "2"));
  EXPECT_THAT(cells_of(document[0].rows[0]), ElementsAre("grad", "1", "0.1"));
  EXPECT_THAT(cells_of(document[3].rows[0]), ElementsAre("grad", "-", "0.1"));
  EXPECT_THAT(cells_of(document[0].rows[4]), ElementsAre("cam", "-", "-"));
  EXPECT_THAT(cells_of(document[5].rows[1]), ElementsAre("edge", "1", "3"));
}

TEST(CurveTables, CsvHoldsEveryStepWithItsSpread) {
  const ScoredStudy study = sanity_study();
  ReportOptions options = sanity_options("csv");
  options.curves = true;
  const std::string csv = render(document_of(study.observed, options), "csv");
  EXPECT_THAT(
      csv, testing::StartsWith("protocol,dataset,network,metric,variant,row,method,curve,unit,step,"
                               "mean,deviation,samples\n"
                               "paper,mosaics,net,parameter-randomization,,grad,grad,spearman,1,1,1,0,8\n"));
  EXPECT_THAT(csv, HasSubstr(",edge,edge,hog,1,1,,,0\n"));
  EXPECT_THAT(csv, HasSubstr(",edge,edge,seed,seed,1,9007199254740991,0,8\n"));
  const std::size_t line = csv.find(",half,half,spearman,1,2,0.5,");
  ASSERT_NE(line, std::string::npos);
  const double deviation = std::stod(csv.substr(line + std::string(",half,half,spearman,1,2,0.5,").size()));
  EXPECT_NEAR(deviation, std::sqrt(2.0 / 7), 1e-12);  // four 0 and four 1
}

TEST(CurveTables, MetricsWithoutCurvesAreRefused) {
  const ScoredStudy study = test::localisation_study();
  ReportOptions options;
  options.curves = true;
  EXPECT_THAT([&] { document_of(study.observed, options); },
              testing::ThrowsMessage<DataError>(HasSubstr("no curves to show: localisation observe none")));
}

}  // namespace
}  // namespace assay
