#include <gtest/gtest.h>

#include <vector>

#include "harness/core/error.h"
#include "harness/store/results.h"
#include "harness/store/unit_codec.h"
#include "tests/error_text.h"
#include "tests/store/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;

TEST(Curves, OfAnotherVersionAreRefused) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(5);
  std::vector<UnitResult> units = test::sample_units(layout, 5);
  for (ObservationRow& row : units[0].observations)
    if (row.cell == "c2") row.record = {Status::ok, "", {1}, {}, {{1, 2}, {3}}};
  test::write_journals(folder.path(), units, [](std::size_t) { return 0; });
  EXPECT_EQ(test::error_text<DataError>([&] { merge(folder.path(), layout); }),
            folder /
                "journal/rank-0000.journal: cell c2 has 2 curves for the 1 of area: written by another "
                "version");
}

TEST(Curves, MayHaveAnyLength) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(5);
  std::vector<UnitResult> units = test::sample_units(layout, 5);
  std::vector<double> points(30000);
  for (std::size_t i = 0; i < points.size(); ++i) points[i] = 1 / (1 + static_cast<double>(i));
  for (ObservationRow& row : units[0].observations)
    if (row.cell == "c2") {
      row.record = {Status::ok, "", {1}, {}, {points}};
      points.resize(points.size() / 8);
    }
  test::write_journals(folder.path(), units, [](std::size_t) { return 0; });
  merge(folder.path(), layout);
  const Results results(folder / "results.h5");
  const std::vector<Record> records = results.records(2);
  EXPECT_EQ(records[0].curves.at(0).size(), 30000u);
  EXPECT_EQ(records[0].curves.at(0).back(), 1.0 / 30000);
  EXPECT_EQ(records[1].curves.at(0).size(), 3750u);
  EXPECT_TRUE(records[4].curves.at(0).size() < 8);
  for (const Record& record : results.records(0)) EXPECT_TRUE(record.curves.empty());
}

TEST(Curves, RowsOfJournalsWithoutThemAreAsTheyWere) {
  const UnitResult wanted = test::sample_units(test::sample_layout(6), 2)[0];
  const Json content = Json::from_msgpack(encode(wanted));
  std::size_t with = 0;
  for (std::size_t i = 0; i < wanted.observations.size(); ++i) {
    const std::size_t curves = wanted.observations[i].record.curves.size();
    EXPECT_EQ(content["observations"][i].size(), curves ? 7u : 6u);
    with += curves;
  }
  EXPECT_GT(with, 0u);
  EXPECT_LT(with, wanted.observations.size());
  EXPECT_TRUE(test::same(decode(encode(wanted)), wanted));
}

}  // namespace
