#include "harness/store/folder_probe.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/temporary_folder.h"

namespace assay {
namespace {

TEST(FolderProbe, AGoodFolderIsLeftAsItWas) {
  const test::TemporaryFolder folder;
  std::atomic<ProbeStage> stage = ProbeStage::locking;
  const FolderProbe probe = probe_folder(folder.path(), stage);
  EXPECT_EQ(probe.write + probe.lock + probe.hdf5, "");
  EXPECT_EQ(stage.load(), ProbeStage::writing);  // HDF5 came last
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderProbe, SaysWhyNothingCanBeWritten) {
  const test::TemporaryFolder folder;
  std::atomic<ProbeStage> stage = ProbeStage::locking;
  EXPECT_EQ(probe_folder(folder / "missing", stage).write, "No such file or directory");
  EXPECT_EQ(stage.load(), ProbeStage::writing);
  folder.write("file", "x");
  EXPECT_EQ(probe_folder(folder / "file", stage).write, "Not a directory");
}

}  // namespace
}  // namespace assay
