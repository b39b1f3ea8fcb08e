#include "harness/report/side_figures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/report/made_up.h"

namespace assay {
namespace {

TEST(SideFigures, OfSevenFatesByHand) {
  const test::MadeUp study = test::one_cell();
  const SideFigures figures = side_figures(score_cells(study.observed, {}), "paper", 0);
  EXPECT_DOUBLE_EQ(figures.growth.at(0.25).steps, (2 + 0) / 2.0);  // images 0 and 1
  EXPECT_DOUBLE_EQ(figures.growth.at(0.25).over_limit,
                   1 / 4.0);  // image 4 of 0, 1, 3, 4: 2 has a bad base, 5 no mask
  EXPECT_DOUBLE_EQ(figures.over_limit, 1 / 4.0);
  EXPECT_DOUBLE_EQ(figures.base_not_lower, 1 / 6.0);  // image 2 of the six that were read
  EXPECT_EQ(figures.hold.base_lower, 5u);             // all but 2 and the unread 6
  EXPECT_EQ(figures.hold.all, 4u);                    // nor 3; 4 and 5 only miss a grown mask
  EXPECT_EQ(figures.hold.images, 7u);
}

TEST(SideFigures, ABaseCountsOnceHoweverManyRowsSawIt) {
  test::MadeUp study = test::one_cell();
  study.row("paper", "again",
            study.cell(study.explanation("grad"), 0.05, "gaussian(17, 2.9)", test::seven_fates()));
  const SideFigures figures = side_figures(score_cells(study.observed, {}), "paper", 0);
  EXPECT_DOUBLE_EQ(figures.base_not_lower, 1 / 6.0);
  EXPECT_EQ(figures.growth.size(), 2u);
}

TEST(SideFigures, ConditionsHoldUnderEveryBase) {
  test::MadeUp study = test::one_cell();
  std::vector<Record> black(7, test::record({}));
  black[0] = test::record({.full = 0.5, .base = 0.6});
  black[1] = test::record({.base = 0.1, .hybrid = 0.3, .grown = 0.05});
  study.row("paper", "again", study.cell(study.explanation("grad"), 0.25, "zero", black));
  const SideFigures figures = side_figures(score_cells(study.observed, {}), "paper", 0);
  EXPECT_EQ(figures.hold.base_lower, 5u);  // 1, 3, 4, 5 and 6, which only black could be read for
  EXPECT_EQ(figures.hold.all, 3u);         // 4, 5, 6: the grown hybrid of 1 is below black
}

TEST(SideFigures, ControlsDoNotCount) {
  test::MadeUp study = test::one_cell();
  study.row("paper", "random",
            study.cell(study.explanation("random"), 0.25, "zero",
                       std::vector<Record>(7, test::record({.full = 0.1, .base = 0.2}))));
  const SideFigures figures = side_figures(score_cells(study.observed, {}), "paper", 0);
  EXPECT_DOUBLE_EQ(figures.base_not_lower, 1 / 6.0);
  EXPECT_EQ(figures.hold.all, 4u);
}

TEST(SideFigures, NothingObservedIsNotANumber) {
  test::MadeUp study = test::one_cell();
  study.observed.records[0].assign(7, test::record(Status::failed, "truncated file"));
  const SideFigures figures = side_figures(score_cells(study.observed, {}), "paper", 0);
  EXPECT_TRUE(std::isnan(figures.base_not_lower));
  EXPECT_TRUE(std::isnan(figures.over_limit));
  EXPECT_EQ(figures.hold.base_lower, 0u);
  EXPECT_EQ(figures.hold.all, 0u);
}

}  // namespace
}  // namespace assay
