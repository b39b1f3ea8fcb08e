#include "harness/store/tolerance.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/store/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// One experiment of four samples, cell c0 (p_full, steps, margin).
class Tolerance : public testing::Test {
 protected:
  static Layout layout() {
    Layout layout = test::sample_layout(4);
    layout.experiments.resize(1);
    layout.explanations.resize(1);
    layout.cells.resize(1);
    layout.rows.resize(1);
    return layout;
  }
  std::string write(const std::string& name, const std::vector<Record>& records,
                    const Layout& layout = Tolerance::layout()) {
    UnitResult unit;
    unit.experiment = "e0";
    for (std::size_t i = 0; i < records.size(); ++i)
      unit.observations.push_back({"c0", fmt::format("s{:05}", i), records[i]});
    test::write_journals(folder_ / name, {unit}, [](std::size_t) { return 0; });
    merge(folder_ / name, layout);
    return folder_ / (name + "/results.h5");
  }
  Agreement compare(const std::vector<Record>& a, const std::vector<Record>& b) {
    const std::string run = fmt::format("{}", runs_++);
    return agreement(Results(write(run + "a", a)), Results(write(run + "b", b)), 1e-5);
  }
  static Record record(double p, double steps, double margin) { return {Status::ok, "", {p, steps, margin}}; }

  const std::vector<Record> base_{record(0.5, 3, 7.5), record(0.25, 0, 1.5), record(0.75, NAN, -2.5),
                                  record(1, 9, 0.25)};
  test::TemporaryFolder folder_;
  int runs_ = 0;
};

TEST_F(Tolerance, EqualFilesAgree) {
  const Agreement found = compare(base_, base_);
  EXPECT_TRUE(found.good());
  EXPECT_EQ(found.cells, 1u);
  EXPECT_EQ(found.records, 4u);
  EXPECT_THAT(found.differing, IsEmpty());
}

TEST_F(Tolerance, ProbabilitiesWithinAndBeyond) {
  std::vector<Record> other = base_;
  other[0].values = {0.5 + 5e-6, 3, 7.6};  // a logit may move
  Agreement found = compare(base_, other);
  EXPECT_TRUE(found.good());
  ASSERT_THAT(found.differing, SizeIs(1));
  ASSERT_THAT(found.differing[0].columns, SizeIs(2));
  EXPECT_EQ(found.differing[0].columns[0].column, "p_full");
  EXPECT_NEAR(found.differing[0].columns[0].largest, 5e-6, 1e-12);
  EXPECT_EQ(found.differing[0].columns[0].over, 0u);
  EXPECT_NEAR(found.differing[0].columns[1].largest, 0.1, 1e-12);
  EXPECT_EQ(found.differing[0].cell, "imagenet googlenet occ {\"patch\":10} predicted gain {\"rho\":0.1}");

  other[1].values[0] += 2e-5;
  found = compare(base_, other);
  EXPECT_FALSE(found.good());
  EXPECT_EQ(found.differing[0].columns[0].over, 1u);
}

TEST_F(Tolerance, ChangedOutcomesAreCountedNotJudged) {
  std::vector<Record> other = base_;
  other[0].values = {0.9, 4, 2};  // one step more: the rest hangs on it
  other[2].values[1] = 5;         // reached now
  const Agreement found = compare(base_, other);
  EXPECT_TRUE(found.good());
  ASSERT_THAT(found.differing[0].columns, SizeIs(1));
  EXPECT_EQ(found.differing[0].columns[0].column, "steps");
  EXPECT_EQ(found.differing[0].columns[0].changed, 2u);
}

/// The curve of a cell with the points of each in both files.
ColumnDifference curve_difference(const std::vector<double>& a, const std::vector<double>& b) {
  const test::TemporaryFolder folder;
  Layout layout = test::sample_layout(1);
  layout.experiments.resize(1);
  layout.explanations.resize(1);
  layout.cells = {{"c2", 0, "area", Json::object()}};
  layout.rows.clear();
  std::vector<std::string> files;
  for (const auto* points : {&a, &b}) {
    UnitResult unit;
    unit.experiment = "e0";
    unit.observations.push_back({"c2", "s00000", {Status::ok, "", {4}, {}, {*points}}});
    files.push_back(folder / fmt::format("{}", files.size()));
    test::write_journals(files.back(), {unit}, [](std::size_t) { return 0; });
    merge(files.back(), layout);
  }
  const Agreement found =
      agreement(Results(files[0] + "/results.h5"), Results(files[1] + "/results.h5"), 1e-5);
  if (found.differing.empty()) return {};
  EXPECT_EQ(found.differing[0].columns.size(), 1u);
  return found.differing[0].columns.at(0);
}

TEST_F(Tolerance, CurvesPointByPoint) {
  EXPECT_EQ(curve_difference({0.5, NAN}, {0.5, NAN}).column, "");
  const ColumnDifference near = curve_difference({0.5, 0.25}, {0.5, 0.25 + 5e-6});
  EXPECT_EQ(near.column, "curve_drop");
  EXPECT_NEAR(near.largest, 5e-6, 1e-12);
  EXPECT_EQ(near.over, 0u);
  EXPECT_EQ(curve_difference({0.5, 0.25}, {0.5, 0.3}).over, 1u);
  EXPECT_EQ(curve_difference({0.5, 0.25}, {0.5}).changed, 1u);
  EXPECT_EQ(curve_difference({0.5, 0.25}, {0.5, NAN}).changed, 1u);
}

TEST_F(Tolerance, AnotherStatusIsADifference) {
  std::vector<Record> other = base_;
  other[3] = {Status::failed, "out of memory", {}};
  const Agreement found = compare(base_, other);
  EXPECT_FALSE(found.good());
  EXPECT_EQ(found.differing[0].statuses, 1u);
}

TEST_F(Tolerance, CellsAndSamplesInOneFileOnly) {
  Layout more = layout();
  more.cells.push_back({"c1", 0, "gain", {{"rho", 0.25}}});
  more.experiments[0].samples.erase(more.experiments[0].samples.begin());
  const Agreement found = agreement(Results(write("a", base_)), Results(write("b", base_, more)), 1e-5);
  EXPECT_FALSE(found.good());
  EXPECT_THAT(found.only_a, IsEmpty());
  EXPECT_THAT(found.only_b,
              ElementsAre("imagenet googlenet occ {\"patch\":10} predicted gain {\"rho\":0.25}"));
  EXPECT_EQ(found.samples_only_a, 1u);
  EXPECT_EQ(found.samples_only_b, 0u);
  EXPECT_EQ(found.records, 3u);
  EXPECT_THAT(found.differing, IsEmpty());  // samples are matched by hash, not by place
}

}  // namespace
