#include "harness/run/dealer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "harness/run/deck.h"
#include "tests/temporary_folder.h"

namespace {

using assay::Deck;
using assay::test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;

struct Ended {
  int status = 0;
  std::string output;
  double seconds = 0;
};

Ended run(const std::string& command) {
  const auto start = std::chrono::steady_clock::now();
  Ended ended;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ended.output.append(buffer.data(), got);
  const int status = pclose(pipe);
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return ended;
}

std::string ranks_command(int ranks, const std::string& folder, int units, const std::string& mode) {
  return fmt::format("{} --allow-run-as-root --oversubscribe -n {} {} {} {} {}", ASSAY_MPIEXEC, ranks,
                     DEALER_RANKS, folder, units, mode);
}

Ended run_ranks(int ranks, const std::string& folder, int units, const std::string& mode) {
  return run(ranks_command(ranks, folder, units, mode));
}

struct Trace {
  std::vector<std::string> events;  // "announce 3"
  double cpu = -1, took = -1;

  std::vector<int> units(const std::string& what) const {
    std::vector<int> found;
    for (const std::string& event : events)
      if (event.starts_with(what + " ")) found.push_back(std::stoi(event.substr(what.size() + 1)));
    return found;
  }
  long place(const std::string& event) const {
    const auto found = std::ranges::find(events, event);
    return found == events.end() ? -1 : found - events.begin();
  }
};

Trace trace_of(const std::string& folder, int rank) {
  Trace trace;
  std::ifstream file(fmt::format("{}/rank-{}.txt", folder, rank));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("cpu "))
      trace.cpu = std::stod(line.substr(4));
    else if (line.starts_with("took "))
      trace.took = std::stod(line.substr(5));
    else
      trace.events.push_back(line);
  }
  return trace;
}

double price(int unit) {
  return unit * 7 % 5;
}

void expect_dearest_first(const std::vector<int>& units) {
  for (std::size_t i = 1; i < units.size(); ++i) {
    EXPECT_GE(price(units[i - 1]), price(units[i]));
    if (price(units[i - 1]) == price(units[i])) EXPECT_LT(units[i - 1], units[i]);
  }
}

std::vector<int> all(int units) {
  std::vector<int> list;
  for (int u = 0; u < units; ++u) list.push_back(u);
  return list;
}

void expect_announced_in_order(const Trace& trace) {
  const std::vector<int> worked = trace.units("work");
  EXPECT_EQ(trace.units("announce"), worked);
  for (const int unit : worked)
    EXPECT_LT(trace.place(fmt::format("announce {}", unit)), trace.place(fmt::format("work {}", unit)));
}

class Dealing : public testing::TestWithParam<int> {};

TEST_P(Dealing, EachUnitOnceEachRankOneDearestFirst) {
  const TemporaryFolder folder;
  const int ranks = GetParam(), units = 3 * ranks + 2;
  const Ended ended = run_ranks(ranks, folder.path(), units, "slow-zero");
  ASSERT_EQ(ended.status, 0) << ended.output;
  std::vector<int> worked;
  for (int rank = 0; rank < ranks; ++rank) {
    const Trace trace = trace_of(folder.path(), rank);
    expect_announced_in_order(trace);
    expect_dearest_first(trace.units("work"));
    EXPECT_GE(trace.units("work").size(), 1u) << "rank " << rank;
    if (rank > 0) EXPECT_TRUE(trace.units("finished").empty());
    for (const int unit : trace.units("work")) worked.push_back(unit);
  }
  std::ranges::sort(worked);
  EXPECT_EQ(worked, all(units));
}

TEST_P(Dealing, FinishedIsToldOnceForEachUnit) {
  const TemporaryFolder folder;
  const int ranks = GetParam(), units = 40;
  const Ended ended = run_ranks(ranks, folder.path(), units, "quick");
  ASSERT_EQ(ended.status, 0) << ended.output;
  std::vector<int> worked, finished = trace_of(folder.path(), 0).units("finished");
  for (int rank = 0; rank < ranks; ++rank)
    for (const int unit : trace_of(folder.path(), rank).units("work")) worked.push_back(unit);
  std::ranges::sort(worked);
  std::ranges::sort(finished);
  EXPECT_EQ(worked, all(units));
  EXPECT_EQ(finished, all(units));
}

INSTANTIATE_TEST_SUITE_P(Ranks, Dealing, testing::Values(1, 2, 3));

TEST(Dealing, TheNextUnitIsAnnouncedBeforeThePresentOneIsWorkedOn) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_ranks(1, folder.path(), 4, "quick").status, 0);
  EXPECT_THAT(
      trace_of(folder.path(), 0).events,  // prices 0 2 4 1
      ElementsAre("announce 2", "announce 1", "work 2", "finished 2", "announce 3", "work 1", "finished 1",
                  "announce 0", "work 3", "finished 3", "work 0", "finished 0", "all done"));
}

// Answers from a thread of rank 0 come while it computes: over TCP nobody else would help the messages along.
TEST(Dealing, NobodyStarvesWhileRankZeroIsInsideALongUnit) {
  const TemporaryFolder folder;
  const Ended ended = run("OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo " +
                          ranks_command(2, folder.path(), 14, "long-zero"));
  ASSERT_EQ(ended.status, 0) << ended.output;
  const Trace zero = trace_of(folder.path(), 0);
  const std::vector<int> own = zero.units("work");
  ASSERT_GE(own.size(), 2u);
  const auto first = zero.events.begin() + zero.place(fmt::format("work {}", own[0]));
  const auto second = zero.events.begin() + zero.place(fmt::format("work {}", own[1]));
  const auto finished =
      std::count_if(first, second, [](const std::string& event) { return event.starts_with("finished "); });
  EXPECT_GE(finished - 1, 5) << "units of one second that rank 1 finished in ten seconds";  // one is rank 0's
}

TEST(Dealing, CostsAtMostFiftyMicrosecondsAUnit) {
  const TemporaryFolder folder;
  constexpr int kUnits = 20'000;
  double best = std::numeric_limits<double>::infinity();  // of three: the machine may do something else
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(run_ranks(4, folder.path(), kUnits, "null").status, 0);
    best = std::min(best, trace_of(folder.path(), 0).took);
  }
  EXPECT_LE(best / kUnits, 50e-6);
}

TEST(Dealing, WithFewerUnitsThanRanksSomeHaveNone) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_ranks(3, folder.path(), 1, "quick").status, 0);
  EXPECT_THAT(trace_of(folder.path(), 0).events,
              ElementsAre("announce 0", "work 0", "finished 0", "all done"));
  EXPECT_THAT(trace_of(folder.path(), 2).events, ElementsAre("all done"));
  ASSERT_EQ(run_ranks(2, folder.path(), 0, "quick").status, 0);
  EXPECT_THAT(trace_of(folder.path(), 0).events, ElementsAre("all done"));
}

TEST(Dealing, RunsWithoutALauncher) {
  const TemporaryFolder folder;
  const Ended ended = run(fmt::format("{} {} 5 quick", DEALER_RANKS, folder.path()));
  ASSERT_EQ(ended.status, 0) << ended.output;
  EXPECT_EQ(trace_of(folder.path(), 0).units("work").size(), 5u);
}

TEST(Dealing, SeveralSingletonsAreRefused) {
  const TemporaryFolder folder;
  const Ended ended = run(fmt::format("SLURM_STEP_NUM_TASKS=4 {} {} 5 quick", DEALER_RANKS, folder.path()));
  EXPECT_NE(ended.status, 0);
  EXPECT_THAT(ended.output, HasSubstr("srun started 4 tasks, but each is an MPI world of its own"));
}

class Throwing : public testing::TestWithParam<int> {};

TEST_P(Throwing, EndsTheWholeRunSoon) {
  const TemporaryFolder folder;
  const Ended ended = run_ranks(2, folder.path(), 400, fmt::format("throw-{}", GetParam()));
  EXPECT_EQ(ended.status, 1);
  EXPECT_THAT(ended.output,
              HasSubstr(fmt::format("assay: rank {}: disk: No space left on device", GetParam())));
  EXPECT_LT(ended.seconds, 10);
}

INSTANTIATE_TEST_SUITE_P(Ranks, Throwing, testing::Values(0, 1));

struct Stop {
  int ranks, told;
};
class Stopping : public testing::TestWithParam<Stop> {};

TEST_P(Stopping, UnitsInFlightAreFinishedAndNoOtherIsBegun) {
  const TemporaryFolder folder;
  const auto [ranks, told] = GetParam();
  const Ended ended = run_ranks(ranks, folder.path(), 400, fmt::format("stop-{}", told));
  ASSERT_EQ(ended.status, 0) << ended.output;
  std::vector<int> worked, finished = trace_of(folder.path(), 0).units("finished");
  for (int rank = 0; rank < ranks; ++rank) {
    const Trace trace = trace_of(folder.path(), rank);
    EXPECT_EQ(trace.events.back(), "some left");
    const std::vector<int> mine = trace.units("work");
    EXPECT_LE(trace.units("announce").size(), mine.size() + 1);  // at most the one that it held
    worked.insert(worked.end(), mine.begin(), mine.end());
  }
  EXPECT_EQ(trace_of(folder.path(), told).units("work").size(), 2u);
  EXPECT_LT(worked.size(), 200u);
  std::ranges::sort(worked);
  std::ranges::sort(finished);
  EXPECT_EQ(worked, finished);
}

INSTANTIATE_TEST_SUITE_P(Ranks, Stopping, testing::Values(Stop{1, 0}, Stop{2, 0}, Stop{3, 1}));

// Rank 0 has one unit of no duration, then deals and waits while the other works for 2 s.
TEST(Dealing, WaitingTakesNoCore) {
  const TemporaryFolder folder;
  const Ended ended = run_ranks(2, folder.path(), 2, "idle");
  ASSERT_EQ(ended.status, 0) << ended.output;
  const double cpu = trace_of(folder.path(), 0).cpu;
  RecordProperty("cpu_seconds_of_2", std::to_string(cpu));
  fmt::print("rank 0 used {:.3f} s of a core in 2 s of waiting\n", cpu);
  EXPECT_GE(cpu, 0);
  EXPECT_LT(cpu, 0.2);
}

TEST(Deck, KeepsAFirstUnitForEveryRank) {
  Deck deck(std::vector<double>{1, 9, 5, 5}, 2);
  EXPECT_EQ(deck.take(0, false), 1u);
  EXPECT_EQ(deck.take(0, false), 3u);
  EXPECT_EQ(deck.take(0, false), 0u);
  EXPECT_EQ(deck.take(0, false), std::nullopt);
  EXPECT_EQ(deck.take(1, false), 2u);
  EXPECT_EQ(deck.take(1, false), std::nullopt);
}

TEST(Deck, TheLastUnitsAreForWhoeverIsIdle) {
  Deck deck(std::vector<double>(10, 1.0), 2);
  EXPECT_EQ(deck.take(0, true), 0u);  // its first
  for (const std::size_t unit : {2u, 3u, 4u, 5u, 6u}) EXPECT_EQ(deck.take(0, true), unit);
  EXPECT_EQ(deck.take(0, true), std::nullopt);  // three are left
  EXPECT_EQ(deck.take(1, true), 1u);            // its first
  EXPECT_EQ(deck.take(1, true), std::nullopt);
  EXPECT_EQ(deck.take(1, false), 7u);
}

TEST(Deck, GivesNothingOnceClosed) {
  Deck deck(std::vector<double>{1, 2, 3}, 1);
  EXPECT_EQ(deck.take(0, false), 2u);
  EXPECT_FALSE(deck.closed());
  deck.close();
  EXPECT_TRUE(deck.closed());
  EXPECT_EQ(deck.take(0, false), std::nullopt);
}

TEST(Deck, AloneEveryUnitIsGivenAhead) {
  Deck deck(std::vector<double>{1, 2}, 1);
  EXPECT_EQ(deck.take(0, false), 1u);
  EXPECT_EQ(deck.take(0, true), 0u);
  EXPECT_EQ(deck.take(0, true), std::nullopt);
}

}  // namespace
