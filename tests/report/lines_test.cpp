#include "harness/report/lines.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/report/made_up.h"

namespace assay {
namespace {

using test::MadeUp;
using test::record;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

/// The value of a measure where the table has one cell.
Line only(const MadeUp& study, Measure measure, const ReportOptions& options = {}, bool intervals = false) {
  const GainTable table = score_cells(study.observed, options);
  Line line = lines_of(table, read_published(""), options, intervals).at(measure == Measure::scg ? 0 : 1);
  line.cell = nullptr;  // ends with the table
  return line;
}

TEST(Lines, ScgOfSevenFatesByHand) {
  const Line line = only(test::one_cell(), Measure::scg);
  EXPECT_NEAR(line.mean, (0.5 + 0.5 + 0.25 + 0) / 4, 1e-12);
  EXPECT_NEAR(line.median, 0.375, 1e-12);
  EXPECT_EQ(line.images, 7u);
  EXPECT_EQ(line.kept, 4u);
  EXPECT_THAT(line.left_out,
              ElementsAre(Pair("base_not_lower", 1), Pair("failed", 1), Pair("negative_gain", 1)));
  EXPECT_EQ(line.over_one, 0);
  EXPECT_EQ(line.published, 31);
}

TEST(Lines, CcgOfSevenFatesByHand) {
  const Line line = only(test::one_cell(), Measure::ccg);
  EXPECT_NEAR(line.mean, (1.5 + 4) / 2, 1e-12);
  EXPECT_EQ(line.kept, 2u);
  EXPECT_THAT(line.left_out, ElementsAre(Pair("base_not_lower", 1), Pair("empty_mask", 1), Pair("failed", 1),
                                         Pair("growth_limit", 1), Pair("negative_gain", 1)));
  EXPECT_EQ(line.over_one, 1);
  EXPECT_EQ(line.published, 93);
}

TEST(Lines, OverridesChangeOneThingAtATime) {
  ReportOptions options;
  options.scores = {{"average", "ratio-of-means"}};
  EXPECT_NEAR(only(test::one_cell(), Measure::ccg, options).mean, (0.75 + 1) / 2 / ((0.5 + 0.25) / 2), 1e-12);
  options.scores = {{"first_right_counts", false}};
  const Line line = only(test::one_cell(), Measure::ccg, options);
  EXPECT_NEAR(line.mean, 1.5, 1e-12);
  EXPECT_EQ(line.left_out.at("first_mask_right"), 1u);
  options.scores = {{"confidence", "logit-share"}, {"epsilon", 0.1}};
  EXPECT_NEAR(only(test::one_cell(), Measure::scg, options).mean, (0.2 / 0.5 + 0.1 / 0.3 + 0.1 / 0.5 + 0) / 4,
              1e-12);
}

TEST(Lines, IntervalHoldsTheMeanAndIsTheSameAgain) {
  const Line line = only(test::one_cell(), Measure::scg, {}, true);
  EXPECT_LT(line.interval.low, line.mean);
  EXPECT_GT(line.interval.high, line.mean);
  EXPECT_GE(line.interval.low, 0);
  EXPECT_LE(line.interval.high, 0.5 + 1e-12);
  const Line again = only(test::one_cell(), Measure::scg, {}, true);
  EXPECT_EQ(line.interval.low, again.interval.low);
  ReportOptions wider;
  wider.level = 0.5;
  EXPECT_GT(only(test::one_cell(), Measure::scg, wider, true).interval.low, line.interval.low);
}

/// A row whose SCG is `scg` on the first image, `slope` more on each next, and `sway` less or more in turns.
std::vector<Record> steady(double scg, int images, double slope, double sway = 0) {
  std::vector<Record> records;
  for (int i = 0; i < images; ++i)
    records.push_back(record({.full = 1, .base = 0, .hybrid = scg + slope * i + (i % 2 ? sway : -sway)}));
  return records;
}

TEST(Lines, BestRowAndThoseThatCannotBeToldFromIt) {
  MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", 10);
  const auto add = [&](const std::string& name, std::vector<Record> records) {
    study.row("paper", name,
              study.cell(study.explanation("occ", {{"patch", 7}}), 0.25, "zero", std::move(records)));
  };
  add("low", steady(0.2, 10, 0.001));
  add("high", steady(0.6, 10, 0.002));
  add("sways", steady(0.598, 10, 0.002, 0.2));
  const GainTable table = score_cells(study.observed, {});
  const std::vector<Line> lines = lines_of(table, {}, {}, false);
  const Line &low = lines[0], &high = lines[2], &sways = lines[4];
  EXPECT_TRUE(high.best);
  EXPECT_FALSE(high.p);
  EXPECT_FALSE(low.best || low.tied);
  EXPECT_NEAR(*low.p, 2 * 2.0 / 1024, 1e-12);  // ten differences of one sign: 2/2^10, Holm over two rows
  EXPECT_TRUE(sways.tied);
  EXPECT_GT(*sways.p, 0.05);
  EXPECT_FALSE(low.published);
}

/// Rows of ten images each under one protocol, measured by SCG alone.
struct OnlyColumn {
  explicit OnlyColumn(const std::vector<std::vector<double>>& rows) {
    study.protocol("paper");
    study.experiment("d", "n", 10);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::vector<Record> records;
      for (const double scg : rows[r])  // negative: left out
        records.push_back(scg < 0 ? record({.full = 0.1, .base = 0.5})
                                  : record({.full = 1, .base = 0, .hybrid = scg}));
      study.row("paper", std::to_string(r), study.cell(study.explanation("occ"), 0.25, "zero", records));
    }
    options.metrics = {"SCG"};
    table = score_cells(study.observed, options);
    lines = lines_of(table, {}, options, false);
  }
  MadeUp study;
  ReportOptions options;
  GainTable table;
  std::vector<Line> lines;
};

TEST(Lines, ARowThatIsBetterOnSharedImagesIsNotWorse) {
  // The first two share images 0..7, where the second is better each time; its other images pull it down.
  const OnlyColumn column({{.5, .51, .52, .53, .54, .55, .56, .57, .9, .9},
                           {.51, .53, .55, .57, .59, .61, .63, .65, -1, -1},
                           {.1, .11, .12, .13, .14, .15, .16, .17, .2, .2}});
  const Line &best = column.lines[0], &row = column.lines[1], &low = column.lines[2];
  ASSERT_TRUE(best.best);
  ASSERT_LT(row.mean, best.mean);
  EXPECT_LT(*row.p, 0.05);
  EXPECT_TRUE(row.tied);
  EXPECT_FALSE(low.tied);
}

TEST(Lines, ARowThatSharesNoImageWithTheBestIsNotTested) {
  const OnlyColumn column({{.5, .51, .52, .53, .54, -1, -1, -1, -1, -1},
                           {-1, -1, -1, -1, -1, .1, .11, .12, .13, .14},
                           {.3, .32, .34, .36, .38, .2, .2, .2, .2, .2}});
  ASSERT_TRUE(column.lines[0].best);
  EXPECT_FALSE(column.lines[1].p);
  EXPECT_FALSE(column.lines[1].tied);
  EXPECT_NEAR(*column.lines[2].p, 2.0 / 32, 1e-12);  // five differences of one sign, alone in Holm's family
}

TEST(Lines, ThinAndSuspectRowsAreNotTheBest) {
  MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", 10);
  const auto add = [&](const std::string& name, std::vector<Record> records) {
    study.row("paper", name, study.cell(study.explanation("occ"), 0.25, "zero", std::move(records)));
  };
  std::vector<Record> thin = steady(0.9, 10, 0.001), suspect = steady(0.9, 10, 0.001);
  for (std::size_t i = 0; i < 6; ++i) {
    thin[i] = record({.full = 0.1, .base = 0.5});
    suspect[i].status = Status::suspect;
  }
  add("full", steady(0.2, 10, 0.001));
  add("thin", thin);
  add("suspect", suspect);
  const GainTable table = score_cells(study.observed, {});
  const std::vector<Line> lines = lines_of(table, {}, {}, false);
  EXPECT_TRUE(lines[0].best);
  EXPECT_EQ(lines[2].kept, 4u);
  EXPECT_GT(lines[2].mean, lines[0].mean);
  EXPECT_EQ(lines[4].suspect, 6u);
  EXPECT_TRUE(is_suspect(lines[4]));
}

TEST(Lines, ASkippedOrEmptyCellHasItsReason) {
  MadeUp study = test::one_cell();
  study.observed.records[0].assign(7, record(Status::skipped, "no layer 'fc7'"));
  EXPECT_EQ(only(study, Measure::scg).why, "skipped: no layer 'fc7'");
  study.observed.records[0].assign(7, record({.full = 0.1, .base = 0.5}));
  EXPECT_EQ(only(study, Measure::ccg).why, "- (all left out)");
  EXPECT_TRUE(std::isnan(only(study, Measure::ccg).mean));
}

TEST(Lines, GlobalExclusionTakesImagesEverywhereButControlsTakeNobody) {
  MadeUp study = test::one_cell();
  const int grad = study.explanation("grad", {{"dilations", 5}}), control = study.explanation("random");
  const std::vector<Record> fine(7, record({}));
  study.row("paper", "grad 5", study.cell(grad, 0.25, "gaussian(17, 2.9)", fine));
  std::vector<Record> negative = fine;
  negative[0] = record({.hybrid = 0.0, .grown = 0.0});
  study.row("paper", "random", study.cell(control, 0.25, "gaussian(17, 2.9)", negative));
  ReportOptions options;
  options.scores = {{"exclude", "global"}};
  const GainTable table = score_cells(study.observed, options);
  const std::vector<Line> lines = lines_of(table, {}, options, false);
  EXPECT_EQ(lines[0].kept, 4u);  // SCG of occ 10: as before
  EXPECT_EQ(lines[2].kept, 5u);  // grad loses images 2 and 3, not the unread 6
  EXPECT_EQ(lines[2].left_out.at("elsewhere"), 2u);
  EXPECT_EQ(lines[1].kept, 2u);  // CCG of occ 10: as before
  EXPECT_EQ(lines[3].kept, 5u);  // CCG of grad: not 2 and 3; what occ loses 4 and 5 for stays with occ
  EXPECT_EQ(lines[4].kept, 4u);  // random: its own image 0 as well
  EXPECT_EQ(lines[4].left_out.at("negative_gain"), 1u);
  const ConditionsHold hold = conditions_hold_everywhere(table, "paper", 0);
  EXPECT_EQ(hold.base_lower, 6u);  // not 2; 6, which only occ failed to read, counts
  EXPECT_EQ(hold.all, 5u);         // nor 3
  EXPECT_EQ(hold.images, 7u);
}

template <class Action>
std::string message(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Lines, UnknownNamesListTheKnownOnes) {
  const MadeUp study = test::small_study();
  const auto with = [&](auto change) {
    ReportOptions options;
    change(options);
    return message([&] {
      const GainTable table = score_cells(study.observed, options);
      lines_of(table, {}, options, false);
    });
  };
  EXPECT_EQ(with([](auto& o) { o.protocols = {"papre"}; }),
            "unknown protocol 'papre'; known: paper, authors-code");
  EXPECT_EQ(with([](auto& o) { o.rhos = {0.3}; }), "unknown rho '0.3'; known: 0.25, 0.05");
  EXPECT_EQ(with([](auto& o) { o.networks = {"x"}; }), "unknown network 'x'; known: squeezenet-places");
  EXPECT_EQ(with([](auto& o) { o.metrics = {"SGC"}; }), "unknown metric 'SGC'; known: SCG, CCG");
  EXPECT_THAT(with([](auto& o) { o.scores = {{"averag", "x"}}; }), HasSubstr("averag"));
  EXPECT_THAT(with([](auto& o) { o.scores = {{"average", "x"}}; }), HasSubstr("ratio-of-means"));
}

TEST(Lines, GrowthThatWasNotObservedIsNotScored) {
  const MadeUp study = test::small_study();
  ReportOptions options;
  options.scores = {{"growth_limit", 100}};
  EXPECT_FALSE(score_cells(study.observed, options).cells.empty());
  options.scores = {{"growth_limit", 101}};
  EXPECT_EQ(
      message([&] { score_cells(study.observed, options); }),
      "--scores: growth_limit: 100 growth steps were observed of 'occ', not 101; run it with a larger limit");
  options.scores = {{"growth_limit", -1}};
  EXPECT_EQ(message([&] { score_cells(study.observed, options); }),
            "--scores: growth_limit: must not be negative");
}

TEST(Lines, FiltersChooseWhatIsShown) {
  const MadeUp study = test::small_study();
  ReportOptions options;
  options.protocols = {"authors-code"};
  options.rhos = {0.05};
  options.metrics = {"CCG"};
  const GainTable table = score_cells(study.observed, options);
  EXPECT_EQ(table.cells.size(), 12u);
  for (const Line& line : lines_of(table, {}, options, false)) {
    EXPECT_EQ(line.cell->rho, 0.05);
    EXPECT_EQ(line.cell->protocol, "authors-code");
    EXPECT_EQ(line.measure, Measure::ccg);
  }
}

}  // namespace
}  // namespace assay
