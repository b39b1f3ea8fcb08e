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
  const FolderProbe probe = probe_folder(folder.path());
  EXPECT_EQ(probe.write + probe.lock + probe.hdf5, "");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(FolderProbe, SaysWhyNothingCanBeWritten) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(probe_folder(folder / "missing").write, "No such file or directory");
  folder.write("file", "x");
  EXPECT_EQ(probe_folder(folder / "file").write, "Not a directory");
}

}  // namespace
}  // namespace assay
