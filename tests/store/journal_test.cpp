#include "harness/store/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/store/unit_codec.h"
#include "tests/error_text.h"
#include "tests/store/sample_run.h"
#include "tests/store/small_disk.h"
#include "tests/temporary_folder.h"

namespace {

using namespace assay;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<UnitResult> units() {
  return test::sample_units(test::sample_layout(6), 2);
}

TEST(UnitCodec, AnotherVersionIsRefusedWithWhatToDo) {
  Json content = Json::from_msgpack(encode(units()[0]));
  content["version"] = 1;
  EXPECT_EQ(
      test::error_text<DataError>([&] { decode(Json::to_msgpack(content)); }),
      "written by another version (format 1, this program reads 2 and 3): choose another output folder, or "
      "go on with the program that wrote it");
}

/// Version 2: rows of samples without their third element, those of explanations without their last.
TEST(UnitCodec, ReadsVersionTwo) {
  UnitResult wanted = units()[0];
  Json content = Json::from_msgpack(encode(wanted));
  content["version"] = 2;
  for (Json& row : content["samples"]) row.erase(2);
  for (Json& row : content["explanations"]) row.erase(row.size() - 1);
  const UnitResult read = decode(Json::to_msgpack(content));
  for (SampleRow& row : wanted.samples) row.image = row.name;
  for (ExplanationRow& row : wanted.explanations) row.figures.clear();
  EXPECT_TRUE(test::same(read, wanted));
  EXPECT_FALSE(test::same(read, units()[0]));
}

TEST(UnitCodec, ReadsUnitsOfWhichOnlyTheHostIsKnown) {
  UnitResult unit = units()[0];
  unit.place = test::sample_place(3);
  EXPECT_EQ(decode(encode(unit)).place, test::sample_place(3));
  Json content = Json::from_msgpack(encode(unit));
  content.erase("place");
  Workplace host_only;
  host_only.host = "host3";
  EXPECT_EQ(decode(Json::to_msgpack(content)).place, host_only);
}

std::vector<UnitResult> read_all(const std::string& file) {
  std::vector<UnitResult> found;
  read_journal(file, [&](UnitResult unit, std::uint64_t) { found.push_back(std::move(unit)); });
  return found;
}

std::string bytes_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void append_all(const std::string& file, const std::vector<UnitResult>& all) {
  JournalWriter writer(file);
  for (const UnitResult& unit : all) writer.append(unit);
}

void expect_first(const std::vector<UnitResult>& found, std::size_t count) {
  ASSERT_EQ(found.size(), count);
  for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(test::same(found[i], units()[i])) << i;
}

TEST(Journal, KeepsUnitsToTheBitAcrossSessions) {
  const test::TemporaryFolder folder;
  const std::string file = folder / "journal/rank.journal";  // makes the folder
  ASSERT_GE(units().size(), 4u);
  append_all(file, {units()[0], units()[1]});
  append_all(file, {units()[2], units()[3]});
  expect_first(read_all(file), 4);
  const JournalExtent extent = read_journal(file, [](UnitResult, std::uint64_t) {});
  EXPECT_EQ(extent.length, std::filesystem::file_size(file));
  EXPECT_EQ(extent.damaged + extent.torn, 0u);
}

TEST(Journal, FramesAreFoundAgainByOffset) {
  const test::TemporaryFolder folder;
  append_all(folder / "j", units());
  std::size_t next = 0;
  read_journal(folder / "j", [&](UnitResult unit, std::uint64_t offset) {
    EXPECT_TRUE(test::same(read_frame(folder / "j", offset), unit));
    ++next;
  });
  EXPECT_EQ(next, units().size());
  EXPECT_THROW(read_frame(folder / "j", 1), DataError);
}

TEST(Journal, MissingFileHasNoUnits) {
  EXPECT_EQ(read_journal("/nowhere/j", [](UnitResult, std::uint64_t) { FAIL(); }).length, 0u);
}

TEST(Journal, TornAtEveryByteOfTheLastFrame) {
  const test::TemporaryFolder folder;
  append_all(folder / "whole", {units()[0], units()[1]});
  const std::size_t good = bytes_of(folder / "whole").size();
  append_all(folder / "whole", {units()[2]});
  const std::string bytes = bytes_of(folder / "whole");
  for (std::size_t length = good; length < bytes.size(); ++length) {
    const std::string torn = folder.write("torn", bytes.substr(0, length));
    expect_first(read_all(torn), 2);
    if (length % 16 == 0) {  // the writer cuts, and goes on
      append_all(torn, {units()[2]});
      EXPECT_EQ(bytes_of(torn), bytes);
    }
  }
}

TEST(Journal, ADamagedFrameCostsItsOwnUnit) {
  const test::TemporaryFolder folder;
  append_all(folder / "whole", {units()[0]});
  const std::size_t first = bytes_of(folder / "whole").size();
  append_all(folder / "whole", {units()[1]});
  const std::size_t second = bytes_of(folder / "whole").size();
  append_all(folder / "whole", {units()[2]});
  const std::string whole = bytes_of(folder / "whole");
  for (std::size_t at = first; at < second; ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    const std::string damaged = folder.write("damaged", bytes);
    const std::vector<UnitResult> found = read_all(damaged);
    ASSERT_EQ(found.size(), 2u) << at;
    EXPECT_TRUE(test::same(found[0], units()[0]));
    EXPECT_TRUE(test::same(found[1], units()[2]));
  }
}

TEST(Journal, SaysHowMuchIsDamagedAndTheWriterGoesOnBehindIt) {
  const test::TemporaryFolder folder;
  append_all(folder / "j", {units()[0], units()[1], units()[2]});
  std::string bytes = bytes_of(folder / "j");
  std::vector<std::uint64_t> starts;
  read_journal(folder / "j", [&](UnitResult, std::uint64_t offset) { starts.push_back(offset); });
  bytes[starts[1] + 40] = static_cast<char>(bytes[starts[1] + 40] ^ 1);
  const std::string file = folder.write("damaged", bytes + bytes.substr(0, 50));
  const auto extent = [&] { return read_journal(file, [](UnitResult, std::uint64_t) {}); };
  EXPECT_EQ(extent().damaged, starts[2] - starts[1]);
  EXPECT_EQ(extent().length, bytes.size());
  EXPECT_EQ(extent().torn, 50u);
  append_all(file, {units()[1]});
  EXPECT_EQ(extent().damaged, starts[2] - starts[1]);
  EXPECT_EQ(extent().torn, 0u);
  const std::vector<UnitResult> found = read_all(file);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(test::same(found[2], units()[1]));
}

TEST(Journal, ATailOfZerosIsNoFrame) {  // what a crash leaves on file systems that allocate late
  const test::TemporaryFolder folder;
  append_all(folder / "j", {units()[0]});
  folder.write("zeros", bytes_of(folder / "j") + std::string(500, '\0'));
  expect_first(read_all(folder / "zeros"), 1);
}

/// Appends until `file` takes no more, then checks that what was appended is there and that it takes more
/// after relief().
void expect_survives_full_disk(const std::string& file, const char* reason, const auto& relief) {
  JournalWriter writer(file);
  std::size_t written = 0;
  const std::string message = test::error_text<DataError>([&] {
    for (; written < 100000; ++written) writer.append(units()[written % 3]);
  });
  EXPECT_EQ(message, file + ": " + reason);
  EXPECT_GT(written, 0u);
  EXPECT_EQ(read_all(file).size(), written);
  const std::uint64_t length = std::filesystem::file_size(file);
  EXPECT_EQ(read_journal(file, [](UnitResult, std::uint64_t) {}).length, length);  // nothing torn is left
  relief();
  writer.append(units()[3]);
  const std::vector<UnitResult> all = read_all(file);
  ASSERT_EQ(all.size(), written + 1);
  EXPECT_TRUE(test::same(all.back(), units()[3]));
}

TEST(Journal, FileSizeLimitLeavesItGood) {
  const test::TemporaryFolder folder;
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{20000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  expect_survives_full_disk(folder / "j", "File too large", [&] { setrlimit(RLIMIT_FSIZE, &before); });
  setrlimit(RLIMIT_FSIZE, &before);
}

TEST(Journal, FullDiskLeavesItGood) {
  const test::TemporaryFolder folder;
  ASSAY_NEEDS_SMALL_DISK(disk, folder.path(), "64k");
  const std::string filler = folder.write("filler", std::string(16384, 'x'));
  expect_survives_full_disk(folder / "j", "No space left on device",
                            [&] { std::filesystem::remove(filler); });
}

TEST(Journal, NamesAFileThatCannotBeOpened) {
  const test::TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_THAT(test::error_text<DataError>([&] { JournalWriter(folder / "file/j"); }),
              StartsWith(folder / "file: cannot be made"));
  std::filesystem::create_directory(folder / "directory");
  EXPECT_EQ(test::error_text<DataError>([&] { JournalWriter(folder / "directory"); }),
            folder / "directory: Is a directory");
}

TEST(Journal, KilledWriterLosesAtMostTheUnitInFlight) {
  const test::TemporaryFolder folder;
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    JournalWriter writer(folder / "j");
    for (std::size_t i = 0;; ++i) {
      writer.append(units()[i % 3]);
      if (write(told[1], "x", 1) != 1) _exit(1);  // told only when durable
    }
  }
  char byte = 0;
  std::size_t durable = 0;
  while (durable < 5 && read(told[0], &byte, 1) == 1) ++durable;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  fcntl(told[0], F_SETFL, O_NONBLOCK);
  while (read(told[0], &byte, 1) == 1) ++durable;
  const std::vector<UnitResult> found = read_all(folder / "j");
  EXPECT_GE(found.size(), durable);
  EXPECT_LE(found.size(), durable + 1);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_TRUE(test::same(found[i], units()[i % 3]));
}

TEST(Journal, JournalsOfAFolderAreSorted) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(journals_of(folder.path()).empty());
  for (const char* name : {"journal/b.journal", "journal/a.journal", "journal/notes.txt"})
    folder.write(name, "");
  EXPECT_THAT(journals_of(folder.path()),
              ElementsAre(folder / "journal/a.journal", folder / "journal/b.journal"));
}

}  // namespace
