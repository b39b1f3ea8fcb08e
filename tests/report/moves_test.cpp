#include "harness/report/moves.h"

#include <gmock/gmock.h>

#include "tests/report/scored_study.h"

namespace assay {
namespace {

using test::located;
using test::ScoredStudy;
using testing::HasSubstr;

/// Rows a, b, c by RA; two samples an image.
Observed three_rows(int images, double a, double b, double c) {
  ScoredStudy study(images);
  const auto add = [&](const std::string& name, double attribution) {
    study.add(name, name, Json::object(), "localisation",
              std::vector<Record>(2 * static_cast<std::size_t>(images), located(attribution)));
  };
  add("a", a);
  add("b", b);
  add("c", c);
  return study.observed;
}

ReportOptions by_ra() {
  ReportOptions options;
  options.metrics = {"RA"};
  return options;
}

TEST(MovesBetween, SaysWhichNumbersAndPlacesMovedAndHowSurely) {
  const Moves moves = moves_between(three_rows(8, 0.9, 0.7, 0.5), three_rows(8, 0.9, 0.7, 0.8), by_ra());
  EXPECT_EQ(moves.cells, 3u);
  ASSERT_EQ(moves.moved_cells.size(), 1u);
  const CellMove& cell = moves.moved_cells[0];
  EXPECT_EQ(cell.row, "c");
  EXPECT_THAT(cell.column, HasSubstr("RA"));
  EXPECT_NEAR(cell.a, 0.5, 1e-12);
  EXPECT_NEAR(cell.b, 0.8, 1e-12);
  EXPECT_EQ(cell.images, 8u);
  EXPECT_NEAR(cell.p, 2.0 / 256, 1e-12);  // all eight images the same way
  EXPECT_EQ(moves.places, 3u);
  ASSERT_EQ(moves.moved_places.size(), 2u);
  EXPECT_EQ(moves.moved_places[0].row, "b");
  EXPECT_EQ(moves.moved_places[0].place_a, 2u);
  EXPECT_EQ(moves.moved_places[0].place_b, 3u);
  EXPECT_EQ(moves.moved_places[1].row, "c");
  EXPECT_EQ(moves.moved_places[1].rank_b - moves.moved_places[1].rank_a, -1);
  EXPECT_NEAR(moves.moved_places[1].p, 2 * 2.0 / 256, 1e-12);  // Holm over two
}

TEST(MovesBetween, ComparesWhatBothHave) {
  const Moves moves = moves_between(three_rows(8, 0.9, 0.7, 0.5), three_rows(6, 0.9, 0.7, 0.5), by_ra());
  EXPECT_EQ(moves.cells, 3u);
  EXPECT_TRUE(moves.moved_cells.empty());
  EXPECT_TRUE(moves.moved_places.empty());
  EXPECT_TRUE(moves_document(moves, 20, 0.95).empty());
}

TEST(MovesBetween, AFewImagesProveNothing) {
  const Moves moves = moves_between(three_rows(3, 0.9, 0.7, 0.5), three_rows(3, 0.9, 0.7, 0.6), by_ra());
  ASSERT_EQ(moves.moved_cells.size(), 1u);
  EXPECT_EQ(moves.moved_cells[0].p, 0.25);
  EXPECT_TRUE(moves.moved_places.empty());
  const std::string text = render(moves_document(moves, 20, 0.95), "text");
  EXPECT_THAT(text, HasSubstr("1 of 3 moved, 0 significantly"));
  EXPECT_THAT(text, HasSubstr("+10.00"));
}

}  // namespace
}  // namespace assay
