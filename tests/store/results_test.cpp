#include "harness/store/results.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "tests/error_text.h"
#include "tests/store/sample_run.h"
#include "tests/store/small_disk.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;
using testing::HasSubstr;
using testing::IsEmpty;

/// A sample run, merged. Returns the file.
std::string merged(const test::TemporaryFolder& folder, const std::string& name, const Layout& layout,
                   const std::vector<UnitResult>& units, const std::function<int(std::size_t)>& rank_of) {
  test::write_journals(folder / name, units, rank_of);
  merge(folder / name, layout);
  return folder / (name + "/results.h5");
}

/// Every record of the file is the one that the sample run made.
void expect_sample_run(const Results& results, const Layout& layout) {
  EXPECT_EQ(to_json(results.layout()), to_json(layout));
  for (std::size_t c = 0; c < layout.cells.size(); ++c) {
    const CellInfo& cell = layout.cells[c];
    const int experiment = layout.explanations[static_cast<std::size_t>(cell.explanation)].experiment;
    const auto& samples = layout.experiments[static_cast<std::size_t>(experiment)].samples;
    const std::vector<Record> records = results.records(static_cast<int>(c));
    ASSERT_EQ(records.size(), samples.size());
    const MetricInfo& metric = *std::ranges::find(layout.metrics, cell.metric, &MetricInfo::name);
    for (std::size_t s = 0; s < samples.size(); ++s) {
      Record wanted = test::sample_record(cell.id, samples[s], metric);
      if (wanted.values.empty()) wanted.values.assign(metric.columns.size(), NAN);
      EXPECT_EQ(records[s].status, wanted.status);
      EXPECT_EQ(records[s].reason, wanted.reason);
      EXPECT_TRUE(std::ranges::equal(records[s].values, wanted.values, test::same_bits)) << c << ' ' << s;
      EXPECT_TRUE(test::same_curves(records[s].curves, wanted.curves)) << c << ' ' << s;
      EXPECT_TRUE(test::same_counts(records[s].cost, wanted.cost)) << c << ' ' << s;
      EXPECT_GT(records[s].cost.seconds, 0);
    }
  }
}

TEST(Results, RoundTripToTheBit) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout();
  const std::vector<UnitResult> units = test::sample_units(layout, 6);
  const Results results(
      merged(folder, "out", layout, units, [](std::size_t i) { return static_cast<int>(i % 3); }));
  expect_sample_run(results, layout);
  UnitResult read, wanted;
  for (int e = 0; e < 2; ++e)
    for (const SampleRow& row : results.samples(e)) read.samples.push_back(row);
  for (const UnitResult& unit : units)
    wanted.samples.insert(wanted.samples.end(), unit.samples.begin(), unit.samples.end());
  EXPECT_EQ(read.samples.size(), 48u);
  for (const int explanation : {1, 2})
    for (const ExplanationRow& row : results.explanations(explanation)) read.explanations.push_back(row);
  for (const auto& [id, experiment] :
       std::vector<std::pair<std::string, std::string>>{{"x1", "e0"}, {"x0", "e1"}})
    for (const UnitResult& unit : units)
      if (unit.experiment == experiment)
        for (const ExplanationRow& row : unit.explanations)
          if (row.explanation == id) wanted.explanations.push_back(row);
  EXPECT_TRUE(test::same(read, wanted));
}

TEST(Results, UnitsKeepTheirProvenance) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout();
  const std::vector<UnitResult> units = test::sample_units(layout, 20);  // 2 + 1 units
  const Results results(merged(folder, "out", layout, units, [](std::size_t) { return 4; }));
  const std::vector<UnitResult> found = results.units();
  ASSERT_EQ(found.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].experiment, i < 2 ? "e0" : "e1");
    EXPECT_EQ(found[i].rank, 4);
    EXPECT_EQ(found[i].place.host, "host4");
    EXPECT_EQ(found[i].date, units[i].date);
    EXPECT_EQ(found[i].seconds, units[i].seconds);
    EXPECT_EQ(found[i].peak_memory, static_cast<std::int64_t>(i + 1) << 30);
  }
}

TEST(Results, WhoeverComputedItTheFileIsTheSame) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout();
  const auto one = [](std::size_t) { return 0; };
  const std::string a = merged(folder, "a", layout, test::sample_units(layout, 6), one);
  std::vector<UnitResult> backwards = test::sample_units(layout, 6);
  std::ranges::reverse(backwards);
  const auto three = [](std::size_t i) { return static_cast<int>(i * 7 % 3); };
  EXPECT_THAT(differences(a, merged(folder, "b", layout, backwards, three)), IsEmpty());
  EXPECT_THAT(differences(a, merged(folder, "c", layout, test::sample_units(layout, 7), three)), IsEmpty());
}

TEST(Results, TwoJournalsInEitherOrder) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout();
  const std::vector<UnitResult> units = test::sample_units(layout, 5);
  const std::string a =
      merged(folder, "a", layout, units, [](std::size_t i) { return static_cast<int>(i % 2); });
  const std::string b =
      merged(folder, "b", layout, units, [](std::size_t i) { return static_cast<int>(1 - i % 2); });
  EXPECT_THAT(differences(a, b), IsEmpty());
  test::write_journals(folder / "b", units, [](std::size_t) { return 5; });  // everything a second time
  merge(folder / "b", layout);
  EXPECT_THAT(differences(a, b), IsEmpty());
}

TEST(Results, MoreSamplesThanABlock) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(2500);
  const std::string file =
      merged(folder, "out", layout, test::sample_units(layout, 300), [](std::size_t) { return 0; });
  expect_sample_run(Results(file), layout);
}

TEST(Results, WhatNobodyComputedSaysSo) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout();
  std::vector<UnitResult> units = test::sample_units(layout, 10);  // 4 + 1 units
  std::erase_if(units[1].observations, [](const ObservationRow& row) { return row.cell == "c1"; });
  units.erase(units.begin());
  test::write_journals(folder / "out", units, [](std::size_t) { return 0; });
  const Merged found = merge(folder / "out", layout);
  EXPECT_EQ(found.records, 4 * 40u + 8u);
  EXPECT_EQ(found.missing, 4 * 10u + 10u);
  const Results results(folder / "out/results.h5");
  const std::vector<Record> records = results.records(1);
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(records[i].reason == "not computed", i < 20) << i;
    if (i < 20) EXPECT_EQ(records[i].status, Status::failed);
    if (i < 20) EXPECT_TRUE(std::isnan(records[i].values.at(2)));
  }
  const SampleRow missing = results.samples(0)[0];
  EXPECT_EQ(missing.sample, "s00000");
  EXPECT_EQ(missing.predicted, -1);
  EXPECT_TRUE(std::isnan(missing.p_label));
  EXPECT_EQ(missing.reason, "not computed");
  EXPECT_EQ(results.explanations(0)[0].reason, "not computed");
}

TEST(Results, NothingComputedAtAll) {
  const test::TemporaryFolder folder;
  const Merged found = merge(folder.path(), test::sample_layout());
  EXPECT_EQ(found.missing, found.records);
  EXPECT_EQ(Results(folder / "results.h5").records(0).size(), 40u);
  merge(folder.path(), Layout{});
  EXPECT_TRUE(Results(folder / "results.h5").layout().experiments.empty());
}

TEST(Results, ExperimentsWithoutSamplesOrExplanations) {
  const test::TemporaryFolder folder;
  Layout layout = test::sample_layout();
  layout.experiments.push_back({"e2", "empty", "alexnet", {}});
  layout.explanations.push_back({"x9", 2, "occ", Json::object(), "label"});
  layout.experiments.push_back({"e3", "bare", "alexnet", {"u1"}});
  EXPECT_EQ(merge(folder.path(), layout).records, 4 * 40u + 8u);
  const Results results(folder / "results.h5");
  EXPECT_EQ(to_json(results.layout()), to_json(layout));
  EXPECT_TRUE(results.explanations(3).empty());
  EXPECT_EQ(results.samples(3).size(), 1u);
}

TEST(Results, AFileListedTwiceHasItsRecordTwice) {
  const test::TemporaryFolder folder;
  Layout layout = test::sample_layout(10);
  const std::vector<UnitResult> units = test::sample_units(layout, 5);
  layout.experiments[0].samples.push_back("s00002");
  test::write_journals(folder.path(), units, [](std::size_t) { return 0; });
  EXPECT_EQ(merge(folder.path(), layout).missing, 0u);
  const std::vector<SampleRow> samples = Results(folder / "results.h5").samples(0);
  EXPECT_EQ(samples[10].name, samples[2].name);
}

TEST(Results, ASecondTryReplacesAFailure) {
  const test::TemporaryFolder folder;
  Layout layout = test::sample_layout(5);
  std::vector<UnitResult> units = test::sample_units(layout, 5);
  units.resize(1);
  UnitResult failed = units[0];
  for (ObservationRow& row : failed.observations) row.record = {Status::failed, "out of memory", {}};
  for (SampleRow& row : failed.samples) row.status = Status::failed;
  test::write_journals(folder.path(), {failed, units[0], failed}, [](std::size_t) { return 0; });
  merge(folder.path(), layout);
  const Results results(folder / "results.h5");
  EXPECT_EQ(results.samples(0)[0].status, Status::ok);
  for (const Record& record : results.records(0)) EXPECT_NE(record.reason, "out of memory");
}

TEST(Results, OfTwoFailuresTheLaterIsToldWhereverItLies) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(5);
  const auto failed = [&](const std::string& reason, const std::string& date) {
    UnitResult unit = test::sample_units(layout, 5)[0];
    for (ObservationRow& row : unit.observations) row.record = {Status::failed, reason, {}};
    unit.date = date;
    return unit;
  };
  const std::vector<UnitResult> units{failed("out of memory", "2026-01-01T00:00:00Z"),
                                      failed("a crash", "2026-01-02T00:00:00Z"),
                                      failed("a bug", "2026-01-02T00:00:00Z")};
  const auto rank = [](std::size_t i) { return static_cast<int>(i); };
  const auto back = [](std::size_t i) { return 2 - static_cast<int>(i); };
  const std::string a = merged(folder, "a", layout, units, rank);
  EXPECT_THAT(differences(a, merged(folder, "b", layout, units, back)), IsEmpty());
  for (const Record& record : Results(a).records(0)) EXPECT_EQ(record.reason, "a crash");
}

TEST(Results, WhoMayNotPublishLeavesTheOldFile) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(5);
  const std::string file =
      merged(folder, "out", layout, test::sample_units(layout, 5), [](std::size_t) { return 0; });
  EXPECT_EQ(test::error_text<DataError>(
                [&] { merge(folder / "out", test::sample_layout(9), [] { throw DataError("not ours"); }); }),
            "not ours");
  expect_sample_run(Results(file), layout);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}), 2);  // and the journals
}

TEST(Results, ErrorsNameTheFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(test::error_text<DataError>([&] { Results(folder / "none.h5"); }),
            folder / "none.h5: no such file; `assay run` and `assay merge` write it");
  const std::string text = folder.write("text.h5", std::string(5000, 'x'));
  EXPECT_THAT(test::error_text<DataError>([&] { Results{text}; }), HasSubstr(text + ": "));
  merge(folder.path(), test::sample_layout());
  std::filesystem::resize_file(folder / "results.h5", std::filesystem::file_size(folder / "results.h5") / 2);
  EXPECT_THAT(test::error_text<DataError>([&] { Results(folder / "results.h5"); }),
              HasSubstr(folder / "results.h5: "));
}

TEST(Results, ValuesOfAnotherVersionAreRefused) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(5);
  std::vector<UnitResult> units = test::sample_units(layout, 5);
  units[0].observations[0].record = {Status::ok, "", {1, 2}};
  test::write_journals(folder.path(), units, [](std::size_t) { return 0; });
  EXPECT_EQ(test::error_text<DataError>([&] { merge(folder.path(), layout); }),
            folder /
                "journal/rank-0000.journal: cell c0 has 2 values for the 3 columns of gain: written by "
                "another version");
  EXPECT_FALSE(std::filesystem::exists(folder / "results.h5"));
}

TEST(Results, AFullDiskLeavesTheOldFile) {
  const test::TemporaryFolder folder;
  ASSAY_NEEDS_SMALL_DISK(disk, folder.path(), "512k");
  const Layout small = test::sample_layout(), large = test::sample_layout(20000);
  const std::string file =
      merged(folder, "out", small, test::sample_units(small, 10), [](std::size_t) { return 0; });
  EXPECT_THAT(test::error_text<DataError>([&] { merge(folder / "out", large); }),
              testing::MatchesRegex(".*/out/results.h5.tmp-[0-9]+.*: No space left on device"));
  expect_sample_run(Results(file), small);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}),
            2);                                         // journal, results.h5
  EXPECT_EQ(merge(folder / "out", small).missing, 0u);  // and goes on
}

}  // namespace
