#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/store/results.h"
#include "tests/store/sample_run.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The differences between the sample run and one that `change` made another.
class Differences : public testing::Test {
 protected:
  using Change = std::function<void(Layout&, std::vector<UnitResult>&)>;

  std::string run(const std::string& name, const Change& change) {
    Layout layout = test::sample_layout(10);
    std::vector<UnitResult> units = test::sample_units(layout, 5);
    change(layout, units);
    test::write_journals(folder_ / name, units, [](std::size_t) { return 0; });
    merge(folder_ / name, layout);
    return folder_ / (name + "/results.h5");
  }
  std::vector<std::string> after(const Change& change) {
    const std::string name = fmt::format("run{}", runs_++);
    return differences(run("plain" + name, [](Layout&, std::vector<UnitResult>&) {}), run(name, change));
  }

  /// The record of cell c0 and the sample at `place`, in the first experiment.
  static Record& record(std::vector<UnitResult>& units, std::size_t place) {
    for (ObservationRow& row : units[place / 5].observations)
      if (row.cell == "c0" && row.sample == fmt::format("s{:05}", place)) return row.record;
    throw DataError("no such record");
  }

  test::TemporaryFolder folder_;
  int runs_ = 0;
};

TEST_F(Differences, ProvenanceAndSecondsMayDiffer) {
  EXPECT_THAT(after([](Layout& layout, std::vector<UnitResult>& units) {
                layout.provenance = {{"commit", "other"}, {"more", 1}};
                for (UnitResult& unit : units) {
                  unit.seconds *= 3;
                  unit.date = "2026-01-01";
                  unit.ranks = 7;
                  for (ExplanationRow& row : unit.explanations) row.cost.seconds += 1;
                }
              }),
              IsEmpty());
}

TEST_F(Differences, NamesPlaceMemberAndBothValues) {
  EXPECT_THAT(after([](Layout&, std::vector<UnitResult>& units) {
                record(units, 7) = {Status::suspect, "constant map", {0.25, 3, -0.0}};
              }),
              Contains(HasSubstr("/observations/gain/0[0, 7].status: ok and suspect")));
  const auto with = [](double value) {
    return [value](Layout&, std::vector<UnitResult>& units) {
      record(units, 2) = {Status::ok, "", {value, 3, 4}};
    };
  };
  const auto lines = [&](double a, double b) {
    const std::string name = fmt::format("pair{}", runs_++);
    return differences(run(name + "a", with(a)), run(name + "b", with(b)));
  };
  EXPECT_THAT(lines(0.5, 0.25), ElementsAre("/observations/gain/0[0, 2].p_full: 0.5 and 0.25"));
  EXPECT_THAT(lines(0.0, -0.0), ElementsAre("/observations/gain/0[0, 2].p_full: 0 and -0"));
  EXPECT_THAT(lines(NAN, NAN), IsEmpty());
  EXPECT_THAT(
      lines(std::bit_cast<double>(0x7ff8000000000001ull), std::bit_cast<double>(0x7ff8000000000002ull)),
      ElementsAre(
          "/observations/gain/0[0, 2].p_full: nan (0x7ff8000000000001) and nan (0x7ff8000000000002)"));
}

TEST_F(Differences, TextsListsAndFlags) {
  EXPECT_THAT(after([](Layout&, std::vector<UnitResult>& units) {
                units[0].samples[1].labels = {5, 6};
                units[0].samples[1].name = "other";
                units[0].samples[1].right = !units[0].samples[1].right;
              }),
              testing::UnorderedElementsAre(testing::EndsWith(" and [5, 6]"),
                                            "/samples/0[1].name: bild-ä-1.jpg and other",
                                            testing::StartsWith("/samples/0[1].right: ")));
}

TEST_F(Differences, PointsOfCurves) {
  const auto with = [this](const std::vector<double>& curve) {
    return run(fmt::format("curve{}", runs_++), [&](Layout&, std::vector<UnitResult>& units) {
      for (ObservationRow& row : units[0].observations)
        if (row.cell == "c2" && row.sample == "s00001") row.record = {Status::ok, "", {4}, {}, {curve}};
    });
  };
  EXPECT_THAT(differences(with({0.5, NAN}), with({0.5, NAN})), IsEmpty());
  EXPECT_THAT(differences(with({0.5, 1}), with({0.5, 0.25})),
              ElementsAre("/observations/area/0[0, 1].curve_drop: [0.5, 1] and [0.5, 0.25]"));
  EXPECT_THAT(differences(with({0.5}), with({})),
              ElementsAre("/observations/area/0[0, 1].curve_drop: [0.5] and []"));
}

TEST_F(Differences, LayoutAndColumnAttributes) {
  EXPECT_THAT(
      after([](Layout& layout, std::vector<UnitResult>&) { layout.metrics[1].columns[0].unit = "m"; }),
      ElementsAre("/columns[3].unit: px and m", "/observations/area/0@area.unit: px and m"));
  EXPECT_THAT(after([](Layout& layout, std::vector<UnitResult>&) { layout.config["seed"] = 2; }),
              ElementsAre(HasSubstr("/config: ")));
  EXPECT_THAT(after([](Layout& layout, std::vector<UnitResult>&) { layout.rows[1].note = ""; }),
              ElementsAre("/rows[1].note: inputs clamped at 0 and "));
}

TEST_F(Differences, ShapesMembersAndObjects) {
  EXPECT_THAT(
      after([](Layout& layout, std::vector<UnitResult>&) { layout.experiments[0].samples.pop_back(); }),
      Contains("/samples/0: shape [10] and [9]"));
  EXPECT_THAT(
      after([](Layout& layout, std::vector<UnitResult>&) { layout.metrics[1].columns[0].name = "size"; }),
      Contains("/observations/area/0: types differ (only one has area, size)"));
  EXPECT_THAT(
      after([](Layout& layout, std::vector<UnitResult>&) { layout.cells.erase(layout.cells.begin() + 2); }),
      Contains(HasSubstr("/observations/area: only in ")));
}

TEST_F(Differences, SaysAtMostSoMany) {
  const std::string a = run("a", [](Layout&, std::vector<UnitResult>&) {});
  const std::string b = run("b", [](Layout&, std::vector<UnitResult>& units) { units.resize(1); });
  EXPECT_THAT(differences(a, b, 7), SizeIs(7));
}

TEST_F(Differences, ErrorsNameTheFile) {
  const std::string a = run("a", [](Layout&, std::vector<UnitResult>&) {});
  const std::string text = folder_.write("text", "no HDF5");
  try {
    differences(a, text);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), text + ": is no HDF5 file");
  }
}

}  // namespace
