#include "harness/run/unit.h"

#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "harness/store/journal.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using test::compute;
using test::kMethods;
using test::kMetric;
using test::plan;
TEST(Units, AreBlocksOfWhatIsMissing) {
  const Plan made = plan(kMethods + kMetric + "block: 4\n");
  const std::vector<Unit> units = units_of(made, {});
  ASSERT_EQ(units.size(), 2u);
  EXPECT_EQ(units[0].samples, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(units[1].samples, (std::vector<int>{4, 5}));
  EXPECT_EQ(units[0].cells.size(), 16u);
  EXPECT_EQ(unpack_units(pack_units(units)), units);
}

TEST(Units, WhatIsFinishedIsStruckOutCellByCellAndSampleBySample) {
  const Plan small = plan("methods: [{name: o, method: occ, patch: 4, stride: 4}]\n" + kMetric);
  const std::vector<Unit> units = units_of(small, {});
  ASSERT_EQ(units.size(), 6u);
  Finished finished;
  finished.add(compute(small, units[1]));
  EXPECT_EQ(units_of(small, finished).size(), 5u);
  const Plan large = plan(kMethods + kMetric + "block: 3\n");
  const std::vector<Unit> rest = units_of(large, finished);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].samples, (std::vector<int>{0, 2}));
  EXPECT_EQ(rest[0].cells.size(), 16u);
  EXPECT_EQ(rest[1].samples, (std::vector<int>{1}));
  EXPECT_EQ(rest[1].cells.size(), 12u);
  EXPECT_EQ(unpack_units(pack_units(rest)), rest);
  for (const Unit& unit : rest) finished.add(compute(large, unit));
  EXPECT_TRUE(units_of(large, finished).empty());
}

TEST(Units, JournalsAreRead) {
  const Plan made = plan("methods: [{method: center}]\n" + kMetric);
  const test::TemporaryFolder folder;
  const std::vector<Unit> units = units_of(made, {});
  {
    JournalWriter journal(folder / "journal/rank-0000.journal");
    journal.append(compute(made, units[0]));
  }
  EXPECT_EQ(units_of(made, Finished::of_folder(folder.path())).size(), units.size() - 1);
}

TEST(Units, PricesCountSharedWorkOnce) {
  const auto forwards = [](const std::string& methods) {
    const Plan made = plan("protocols: [paper, authors-code]\nmethods: " + methods + kMetric);
    return price_of(made, units_of(made, {})[0]).methods.at("occ").forwards;
  };
  EXPECT_EQ(forwards("[{method: occ, patch: 4, stride: 4}]\n"),
            25);  // 5 x 5 overhanging squares, both protocols
  EXPECT_EQ(
      forwards(
          "[{name: a, method: occ, patch: 4, stride: 4}, {name: b, method: occ, patch: 8, stride: 8}]\n"),
      25 + 9);
}

TEST(Units, WeightsAreTheMultiplyAddsThatAreDone) {
  const Plan made =
      plan("methods: [{method: occ, patch: 4, stride: 4}, {method: grad}]\n" + kMetric + "block: 3\n");
  const Unit unit = units_of(made, {})[0];
  const Roster& roster = *made.experiments[0].roster;
  const Work occ = roster.raws[0].price.work;
  EXPECT_LT(occ.done, occ.asked);
  const double one = made.experiments[0].multiply_adds;
  const double growth = 25.0 * static_cast<double>(unit.cells.size());
  // a padded batch of four for three images; a forward and a backward of grad
  EXPECT_DOUBLE_EQ(weights_of(made, std::span(&unit, 1)).front(),
                   4 * one + 3 * (static_cast<double>(occ.done) + 2 * one + growth * one));
}

TEST(Units, ArePricedOneByOneThoughNeighboursShareAPrice) {
  const Plan made = plan(kMethods + kMetric + "block: 2\n");
  Finished finished;
  finished.add(compute(plan("methods: [{name: o, method: occ, patch: 4, stride: 4}]\n" + kMetric),
                       {.experiment = 0, .samples = {3}, .cells = {0}}));
  const std::vector<Unit> units = units_of(made, finished);
  ASSERT_EQ(units.size(), 4u);  // images 2 and 3 miss different cells
  std::vector<double> alone;
  for (const Unit& unit : units) alone.push_back(weights_of(made, std::span(&unit, 1)).front());
  EXPECT_EQ(weights_of(made, units), alone);
  EXPECT_EQ(alone[0], alone[3]);
  EXPECT_NE(alone[0], alone[1]);
  std::size_t visited = 0;
  price_each(made, units, [&](const Unit& unit, const Price& price) {
    EXPECT_EQ(&unit, &units[visited++]);
    EXPECT_EQ(price.passes(), price_of(made, unit).passes());
  });
  EXPECT_EQ(visited, units.size());
}

TEST(Units, FinishedOnesSayWhatTheyTook) {
  const Plan made = plan("methods: [{method: center}]\n" + kMetric + "block: 2\n");
  const std::vector<Unit> units = units_of(made, {});
  Finished finished;
  double seconds = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    const UnitResult result = compute(made, units[i]);
    finished.add(result);
    seconds += result.seconds;
  }
  UnitResult unreadable = compute(made, units[2]);
  for (SampleRow& row : unreadable.samples) row.status = Status::failed;
  finished.add(unreadable);
  ASSERT_EQ(finished.spent().size(), 1u);
  const Spent& spent = finished.spent()[0];
  EXPECT_EQ(spent.experiment, made.experiments[0].id);
  EXPECT_EQ(spent.cells.size(), made.experiments[0].roster->cells.size());
  EXPECT_EQ(spent.units, 2u);
  EXPECT_EQ(spent.samples, 4u);
  EXPECT_DOUBLE_EQ(spent.seconds, seconds);
}

}  // namespace
}  // namespace assay
