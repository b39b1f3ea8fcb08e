#include "harness/store/lease.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/store/process_identity.h"
#include "tests/store/small_disk.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::string refusal(const std::string& folder) {
  try {
    const Lease lease(folder);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

std::string lost(const Lease& lease, const std::string& folder) {
  try {
    check_lease(folder, lease.token());
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

Json lease_in(const std::string& folder) {
  std::ifstream stream(folder + "/lease.json");
  return Json::parse(stream);
}

/// A lease as another process would have left it, written so many seconds ago.
void leave_lease(const test::TemporaryFolder& folder, const Json& changes, int seconds_ago,
                 const std::string& name = "lease.json") {
  Json lease{{"host", "n17"}, {"job", ""},     {"restart", 0},   {"pid", 4711},
             {"born", 99},    {"machine", ""}, {"token", "t17"}, {"renewed", "2026-01-01T00:00:00Z"}};
  lease.update(changes);
  const std::string file = folder.write(name, lease.dump());
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  now.tv_sec -= seconds_ago;
  const timespec times[2] = {now, now};
  utimensat(AT_FDCWD, file.c_str(), times, 0);
}

/// Runs as a job of SLURM while it lives.
class SlurmJob {
 public:
  SlurmJob(const char* job, const char* restart) {
    setenv("SLURM_JOB_ID", job, 1);
    setenv("SLURM_RESTART_COUNT", restart, 1);
  }
  ~SlurmJob() {
    unsetenv("SLURM_JOB_ID");
    unsetenv("SLURM_RESTART_COUNT");
  }
};

TEST(Lease, HasOneOwnerAtATimeAndSaysWho) {
  const test::TemporaryFolder folder;
  const std::string output = folder / "new/output";
  const SlurmJob job("7", "0");
  std::optional<Lease> first(output);
  EXPECT_EQ(first->predecessor(), "");
  const Json lease = lease_in(output);
  EXPECT_EQ(lease.at("host"), host_name());
  EXPECT_EQ(lease.at("job"), "7");
  EXPECT_EQ(lease.at("pid"), getpid());
  EXPECT_THAT(refusal(output),
              StartsWith(output + ": another run is writing there (host " + host_name() +
                         ", SLURM job 7, process " + std::to_string(getpid()) + ", last seen "));
  EXPECT_EQ(lost(*first, output), "");
  first.reset();
  EXPECT_TRUE(std::filesystem::is_empty(output));  // neither a lease nor drafts
  EXPECT_EQ(refusal(output), "");
}

TEST(Lease, NamesAFolderThatCannotBeWritten) {
  const test::TemporaryFolder folder;
  folder.write("file", "x");
  EXPECT_EQ(refusal(folder / "file/output"),
            (folder / "file/output") + ": cannot be written: Not a directory");
}

TEST(Lease, AFullDiskIsSaidAndLeavesNothing) {
  const test::TemporaryFolder folder;
  ASSAY_NEEDS_SMALL_DISK(disk, folder.path(), "16k");
  std::ofstream(folder / "filler") << std::string(100000, 'x');
  EXPECT_EQ(refusal(folder.path()), folder.path() + ": cannot be written: No space left on device");
  EXPECT_FALSE(std::filesystem::exists(folder / "lease.json"));
}

TEST(Lease, OfAnotherHostIsRespectedForSixtySeconds) {
  const test::TemporaryFolder folder;
  leave_lease(folder, {{"job", "123"}}, 55);
  EXPECT_THAT(refusal(folder.path()),
              MatchesRegex(".*another run is writing there \\(host n17, SLURM job 123, "
                           "process 4711, last seen 5[5-9] s ago\\).*60 s.*"));
  leave_lease(folder, {{"job", "123"}}, 61);
  const Lease lease(folder.path());
  EXPECT_THAT(lease.predecessor(), StartsWith("host n17, SLURM job 123, process 4711, last seen 6"));
}

TEST(Lease, OfADeadProcessHereIsTakenOverAtOnce) {
  const test::TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Lease lease(folder.path());
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT(refusal(folder.path()), HasSubstr("process " + std::to_string(child)));
  kill(child, SIGKILL);
  siginfo_t ended;
  waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);  // it stays a zombie: dead enough
  {
    const Lease lease(folder.path());
    EXPECT_THAT(lease.predecessor(), HasSubstr("process " + std::to_string(child)));
  }
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST(Lease, AProcessNumberThatIsUsedAgainIsAnotherProcess) {
  const test::TemporaryFolder folder;
  leave_lease(folder, {{"pid", getpid()}, {"born", birth_of(getpid()) - 1}, {"machine", machine_identity()}},
              1);
  EXPECT_EQ(refusal(folder.path()), "");
}

TEST(Lease, OfTheSameJobRequeuedIsTakenOverAtOnce) {
  const test::TemporaryFolder folder;
  const Json live{{"pid", getpid()}, {"born", birth_of(getpid())}, {"machine", machine_identity()}};
  const SlurmJob job("123", "1");
  for (const auto& [owner, taken] :
       {std::pair<Json, bool>({{"job", "123"}, {"restart", 0}}, true),   // on another node
        std::pair<Json, bool>({{"job", "123"}, {"restart", 1}}, false),  // a second step there
        std::pair<Json, bool>({{"job", "124"}, {"restart", 0}}, false),  // another job
        std::pair<Json, bool>({{"job", ""}}, false)}) {
    leave_lease(folder, owner, 1);
    EXPECT_EQ(refusal(folder.path()).empty(), taken) << owner;
  }
  for (const int restart : {0, 1}) {  // the owner lives here: before the requeue, or beside this one
    Json owner = live;
    owner.update({{"job", "123"}, {"restart", restart}});
    leave_lease(folder, owner, 1);
    EXPECT_EQ(refusal(folder.path()).empty(), restart == 0) << restart;
  }
}

TEST(Lease, OfASecondStepOfOneJobIsRespectedForSixtySeconds) {
  const test::TemporaryFolder folder;
  const SlurmJob job("123", "0");
  leave_lease(folder, {{"job", "123"}}, 55);
  EXPECT_THAT(refusal(folder.path()), HasSubstr("another run is writing there (host n17, SLURM job 123"));
  leave_lease(folder, {{"job", "123"}}, 61);
  EXPECT_EQ(refusal(folder.path()), "");
}

TEST(Lease, ThatNobodyCanReadEndsAfterSixtySeconds) {
  const test::TemporaryFolder folder;
  folder.write("lease.json", "{\"host\": \"n1");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("another run is writing there (host unknown"));
  leave_lease(folder, Json::object(), 0);
  folder.write("lease.json", "");
  const timespec past[2] = {{1, 0}, {1, 0}};
  utimensat(AT_FDCWD, (folder / "lease.json").c_str(), past, 0);
  EXPECT_EQ(refusal(folder.path()), "");
}

TEST(Lease, ThatWasLostIsNoticedAndNotTakenBack) {
  const test::TemporaryFolder folder;
  {
    const Lease lease(folder.path());
    std::filesystem::rename(
        folder.write("new", R"({"host": "n2", "job": "9", "restart": 0, "pid": 5, "born": 1,
      "machine": "", "token": "other", "renewed": ""})"),
        folder / "lease.json");
    EXPECT_EQ(lost(lease, folder.path()),
              folder.path() +
                  ": another run has taken over (host n2, SLURM job 9, process 5): stopped before "
                  "writing on; what the journals hold counts");
  }
  EXPECT_EQ(lease_in(folder.path()).at("token"),
            "other");  // the end of a lease that was lost removes nothing
  std::filesystem::remove(folder / "lease.json");
  const Lease lease(folder.path());
  std::filesystem::remove(folder / "lease.json");
  EXPECT_THAT(lost(lease, folder.path()), HasSubstr("its lease.json was removed"));
}

TEST(Lease, ThatIsAbandonedStays) {
  const test::TemporaryFolder folder;
  std::string token;
  {
    Lease lease(folder.path());
    token = lease.token();
    lease.abandon();
  }
  EXPECT_EQ(lease_in(folder.path()).at("token"), token);
}

TEST(Lease, ATakeoverThatItsOwnerLeftByDyingIsInNobodysWay) {
  const test::TemporaryFolder folder;
  leave_lease(folder, Json::object(), 100);
  leave_lease(folder, {{"pid", getpid()}, {"born", birth_of(getpid()) - 1}, {"machine", machine_identity()}},
              1, "lease.json.takeover");
  const Lease lease(folder.path());
  EXPECT_THAT(lease.predecessor(), StartsWith("host n17"));
  EXPECT_EQ(lost(lease, folder.path()), "");
  EXPECT_FALSE(std::filesystem::exists(folder / "lease.json.takeover"));
}

TEST(Lease, WhileSomebodyElseTakesOverADeadOneItIsLeftAlone) {
  const test::TemporaryFolder folder;
  leave_lease(folder, Json::object(), 100);
  leave_lease(folder, {{"token", "rival"}}, 1, "lease.json.takeover");
  EXPECT_THAT(refusal(folder.path()), HasSubstr("comes and goes"));
  EXPECT_EQ(lease_in(folder.path()).at("token"), "t17");
  EXPECT_TRUE(std::filesystem::exists(folder / "lease.json.takeover"));
}

TEST(ProcessIdentity, OnlyWhatIsNotThereIsGone) {
  EXPECT_FALSE(is_gone(getpid(), birth_of(getpid())));
  EXPECT_TRUE(is_gone(getpid(), birth_of(getpid()) + 1));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  const std::int64_t birth = birth_of(child);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(is_gone(child, birth));
}

TEST(Lease, OfSeveralThatTakeOverADeadOneOneWins) {
  const test::TemporaryFolder folder;
  leave_lease(folder, Json::object(), 100);
  constexpr int kRivals = 8;
  int ends[2], done[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(pipe(done), 0);
  for (int i = 0; i < kRivals; ++i)
    if (fork() == 0) {
      close(done[1]);
      std::optional<Lease> lease;
      try {
        lease.emplace(folder.path());
      } catch (const DataError&) {
      }
      char byte = lease ? '1' : '0';
      if (write(ends[1], &byte, 1) != 1) _exit(1);
      _exit(read(done[0], &byte, 1) == 0 ? 0 : 1);  // holds on until all have answered
    }
  std::string answers;
  for (char byte = 0; std::ssize(answers) < kRivals && read(ends[0], &byte, 1) == 1;) answers += byte;
  close(done[1]);
  while (wait(nullptr) > 0) continue;
  EXPECT_EQ(std::ranges::count(answers, '1'), 1) << answers;
  for (const int end : {ends[0], ends[1], done[0]}) close(end);
}

}  // namespace
}  // namespace assay
