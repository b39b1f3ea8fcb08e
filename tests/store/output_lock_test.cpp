#include "harness/store/output_lock.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <optional>

#include "harness/core/error.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

std::string refusal(const std::string& folder) {
  try {
    const OutputLock lock(folder);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(OutputLock, HasOneOwnerAtATime) {
  const test::TemporaryFolder folder;
  const std::string output = folder / "new/output";
  std::optional<OutputLock> first(output);
  EXPECT_EQ(refusal(output),
            output + ": another run is writing there; wait for it or choose another --output");
  first.reset();
  EXPECT_EQ(refusal(output), "");
}

TEST(OutputLock, NamesAFolderThatCannotBeWritten) {
  const test::TemporaryFolder folder;
  folder.write("file", "x");
  EXPECT_EQ(refusal(folder / "file/output"),
            (folder / "file/output") + ": cannot be written: Not a directory");
}

}  // namespace
}  // namespace assay
