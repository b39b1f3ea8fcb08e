#include "harness/report/league.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/report/league_pool.h"
#include "tests/report/made_up.h"

namespace assay {
namespace {

constexpr int kImages = 16;

/// SCG `scg` on every image, up and down by `sway` in turns; the image itself adds a little to all rows.
std::vector<Record> steady(double scg, double sway = 0) {
  std::vector<Record> records;
  for (int i = 0; i < kImages; ++i)
    records.push_back(test::record(
        {.full = 1, .base = 0, .hybrid = scg + 0.001 * i + (i % 2 ? sway : -sway), .grown = 0.9}));
  return records;
}

/// Rows best, twin (as good as best), worst, skipped in two columns (bases): best and twin change places
/// image by image.
test::MadeUp four_rows() {
  test::MadeUp study;
  study.protocol("paper");
  study.experiment("d", "n", kImages);
  const auto add = [&](const std::string& name, const std::string& method, auto records) {
    const int explanation = study.explanation(method);
    for (const std::string base : {"gaussian(17, 2.9)", "zero"})
      study.row("paper", name, study.cell(explanation, 0.25, base, records));
  };
  add("worst", "random", steady(0.2));
  add("best", "occ", steady(0.601));
  add("twin", "grad", steady(0.6, 0.1));
  add("skipped", "mwp", std::vector<Record>(kImages, test::record(Status::skipped, "no layer")));
  return study;
}

ReportOptions scg_only() {
  ReportOptions options;
  options.metrics = {"SCG"};
  options.resamples = 200;
  return options;
}

TEST(League, RanksByHand) {
  const test::MadeUp study = four_rows();
  const League league = league_of(score_cells(study.observed, {}), study.observed.costs, scg_only());
  ASSERT_EQ(league.rows.size(), 4u);
  EXPECT_EQ(league.voters, 2u);
  const char* names[] = {"best", "twin", "worst", "skipped"};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(league.rows[i].name, names[i]);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_DOUBLE_EQ(league.rows[i].rank, static_cast<double>(i + 1));
    EXPECT_EQ(league.rows[i].voters, 2u);
  }
  EXPECT_TRUE(std::isnan(league.rows[3].rank));
  EXPECT_EQ(league.rows[3].voters, 0u);
}

TEST(League, RowsThatCannotBeToldApartShareALetter) {
  const test::MadeUp study = four_rows();
  const League league = league_of(score_cells(study.observed, {}), study.observed.costs, scg_only());
  EXPECT_EQ(league.rows[0].letters, "a");
  EXPECT_EQ(league.rows[1].letters, "a");
  EXPECT_EQ(league.rows[2].letters.find('a'), std::string::npos);
}

TEST(League, IntervalsKnowWhatIsSure) {
  const test::MadeUp study = four_rows();
  const League league = league_of(score_cells(study.observed, {}), study.observed.costs, scg_only());
  EXPECT_LT(league.rows[0].interval.low, league.rows[0].interval.high);  // best and twin change places
  EXPECT_GE(league.rows[0].interval.low, 1);
  EXPECT_LE(league.rows[1].interval.high, 2);
  EXPECT_DOUBLE_EQ(league.rows[2].interval.low, 3);  // worst is always third
  EXPECT_DOUBLE_EQ(league.rows[2].interval.high, 3);
}

TEST(League, ControlsAndCosts) {
  const test::MadeUp study = four_rows();
  const League league = league_of(score_cells(study.observed, {}), study.observed.costs, scg_only());
  EXPECT_TRUE(league.rows[2].control);
  EXPECT_FALSE(league.rows[0].control);
  EXPECT_EQ(league.rows[0].cost.forwards, 20);  // the second explanation of made_up.h
  EXPECT_EQ(league.rows[0].cost.backwards, 1);
}

TEST(League, RanksShareAndTheEmptyAreLast) {
  const double none = std::nan("");
  EXPECT_EQ(ranks_of({0.3, 0.9, 0.3, none, 0.1}, {true, true, true, true, false}).at(1), 1);
  const std::vector<double> ranks = ranks_of({0.3, 0.9, 0.3, none, 0.1}, {true, true, true, true, false});
  EXPECT_EQ(ranks[0], 2.5);
  EXPECT_EQ(ranks[2], 2.5);
  EXPECT_EQ(ranks[3], 4);
  EXPECT_TRUE(std::isnan(ranks[4]));
}

TEST(League, LettersOfAChain) {
  // 0-1 and 1-2 cannot be told apart, 0-2 can; 3 stands alone
  std::vector<std::vector<bool>> apart(4, std::vector<bool>(4, false));
  for (const auto& [a, b] : {std::pair(0, 2), std::pair(0, 3), std::pair(1, 3), std::pair(2, 3)})
    apart[a][b] = apart[b][a] = true;
  EXPECT_EQ(letters_of({0, 1, 2, 3}, apart), (std::vector<std::string>{"a", "ab", "b", "c"}));
  EXPECT_EQ(letters_of({3, 0, 1, 2}, apart), (std::vector<std::string>{"a", "b", "bc", "c"}));
}

}  // namespace
}  // namespace assay
