#include "harness/store/fault_log.h"

#include <gmock/gmock.h>

#include <fstream>

#include "harness/store/process_identity.h"
#include "harness/store/results.h"
#include "tests/store/sample_run.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

TEST(FaultLog, KeepsWhatHappenedAndPassesOverHalfALine) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(faults_of(folder.path()).empty());
  note_fault(folder.path(), 3, "a \"fault\"");
  std::ofstream(fault_file(folder.path(), 3), std::ios::app) << R"({"date": "2026-01)";
  note_fault(folder.path(), 3, "another");
  note_fault(folder.path(), 0, "a third");
  const std::vector<Fault> faults = faults_of(folder.path());
  ASSERT_EQ(faults.size(), 3u);
  std::vector<std::string> what;
  for (const Fault& fault : faults) {
    EXPECT_EQ(fault.host, host_name());
    EXPECT_EQ(fault.rank, fault.what == "a third" ? 0 : 3);
    EXPECT_THAT(fault.date, testing::MatchesRegex("20..-..-..T..:..:..Z"));
    what.push_back(fault.what);
  }
  EXPECT_THAT(what, testing::UnorderedElementsAre("a \"fault\"", "another", "a third"));
}

TEST(FaultLog, KeepsWhatIsNoText) {
  const test::TemporaryFolder folder;
  note_fault(folder.path(), 0, "bild-\xe4.jpg: damaged");
  const std::vector<Fault> faults = faults_of(folder.path());
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].what, "bild-\xef\xbf\xbd.jpg: damaged");
}

TEST(FaultLog, ThatCannotBeWrittenIsNoError) {
  const test::TemporaryFolder folder;
  folder.write("file", "");
  note_fault(folder / "file", 0, "lost");
  EXPECT_TRUE(faults_of(folder / "file").empty());
}

TEST(FaultLog, IsPartOfTheResults) {
  const test::TemporaryFolder folder;
  const Layout layout = test::sample_layout(6);
  merge(folder.path(), layout);
  EXPECT_TRUE(Results(folder / "results.h5").faults().empty());
  note_fault(folder.path(), 2, "a fault");
  merge(folder.path(), layout);
  const std::vector<Fault> faults = Results(folder / "results.h5").faults();
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].what, "a fault");
  EXPECT_EQ(faults[0].rank, 2);
  EXPECT_EQ(faults[0].host, host_name());
}

}  // namespace
}  // namespace assay
