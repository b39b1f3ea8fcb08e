#include "harness/run/footprint.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/store/journal.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

TEST(Footprint, IsAboutWhatJournalsAndResultsTake) {
  const Plan made = test::plan(test::kMethods + test::kMetric);
  const std::vector<Unit> units = units_of(made, {});
  const test::TemporaryFolder folder;
  JournalWriter journal(folder / "one.journal");
  for (const Unit& unit : units) journal.append(test::compute(made, unit));
  const auto written = static_cast<double>(std::filesystem::file_size(folder / "one.journal"));
  const auto foreseen = static_cast<double>(footprint_of(made, units));
  EXPECT_GT(foreseen, 1.5 * written);  // the journal, and results of about that size
  EXPECT_LT(foreseen, 4 * written);
}

TEST(Footprint, OfUnitsThatAreDoneOnlyTheResultsAreLeft) {
  const Plan made = test::plan(test::kMethods + test::kMetric);
  const std::vector<Unit> units = units_of(made, {});
  EXPECT_LT(footprint_of(made, {}), footprint_of(made, units));
  EXPECT_GT(footprint_of(made, {}), 0);
}

TEST(Footprint, IsReadable) {
  EXPECT_EQ(readable_bytes(0), "0 B");
  EXPECT_EQ(readable_bytes(999), "999 B");
  EXPECT_EQ(readable_bytes(1000), "1.0 kB");
  EXPECT_EQ(readable_bytes(34'000'000'000), "34 GB");
  EXPECT_EQ(readable_bytes(3'400'000'000'000'000), "3400 TB");
}

}  // namespace
}  // namespace assay
