#include "harness/network/parallel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/threads.h"

namespace assay {
namespace {

using namespace std::chrono_literals;
using test::Threads;
using testing::Each;
using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<std::int64_t, std::int64_t>> ranges_of(std::int64_t count, std::int64_t grain) {
  std::mutex guard;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  in_parallel(count, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(guard);
    ranges.emplace_back(begin, end);
  });
  std::ranges::sort(ranges);
  return ranges;
}

TEST(InParallel, RangesCoverWhatIsCounted) {
  const Threads threads(3);
  EXPECT_THAT(ranges_of(10, 1), ElementsAre(Pair(0, 4), Pair(4, 8), Pair(8, 10)));
  EXPECT_THAT(ranges_of(4, 1), ElementsAre(Pair(0, 2), Pair(2, 4)));
  EXPECT_THAT(ranges_of(2, 1), ElementsAre(Pair(0, 1), Pair(1, 2)));
  EXPECT_THAT(ranges_of(1, 1), ElementsAre(Pair(0, 1)));
  EXPECT_THAT(ranges_of(0, 1), ElementsAre());
}

TEST(InParallel, RangesAreNotShorterThanTheGrain) {
  const Threads threads(3);
  EXPECT_THAT(ranges_of(10, 6), ElementsAre(Pair(0, 6), Pair(6, 10)));
  EXPECT_THAT(ranges_of(10, 10), ElementsAre(Pair(0, 10)));
}

TEST(InParallel, OneThreadTakesOneRange) {
  const Threads threads(1);
  EXPECT_THAT(ranges_of(10, 1), ElementsAre(Pair(0, 10)));
}

/// Each range waits until the other has begun: in turn, they would wait in vain.
TEST(InParallel, RangesAreWorkedOnAtTheSameTime) {
  const Threads threads(2);
  std::atomic<int> begun = 0;
  std::vector<int> met(2);
  in_parallel(2, 1, [&](std::int64_t begin, std::int64_t) {
    ++begun;
    const auto last = std::chrono::steady_clock::now() + 20s;
    while (begun < 2 && std::chrono::steady_clock::now() < last) std::this_thread::yield();
    met[begin] = begun;
  });
  EXPECT_THAT(met, Each(2));
}

TEST(InParallel, ACallInsideAnotherIsOneRange) {
  const Threads threads(2);
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> inside(2);
  in_parallel(2, 1, [&](std::int64_t begin, std::int64_t) { inside[begin] = ranges_of(10, 1); });
  EXPECT_THAT(inside, Each(ElementsAre(Pair(0, 10))));
}

TEST(InParallel, AnErrorOfTheOnlyRangeComesOut) {
  const Threads threads(1);
  const auto fails = [](std::int64_t, std::int64_t) { throw std::runtime_error("all"); };
  EXPECT_THAT([&] { in_parallel(2, 1, fails); }, testing::ThrowsMessage<std::runtime_error>("all"));
}

TEST(InParallel, GrainsAreWorthAThread) {
  EXPECT_EQ(grain_of(1), 32768);
  EXPECT_EQ(grain_of(10000), 3);
  EXPECT_EQ(grain_of(100000), 1);
  EXPECT_EQ(grain_of(0), 32768);
}

TEST(InParallel, AnErrorComesOutAfterAllRanges) {
  const Threads threads(2);
  std::atomic<int> ended = 0;
  const auto fails_first = [&](std::int64_t begin, std::int64_t) {
    if (begin == 0) throw std::runtime_error("first half");
    std::this_thread::sleep_for(20ms);
    ++ended;
  };
  EXPECT_THAT([&] { in_parallel(2, 1, fails_first); },
              testing::ThrowsMessage<std::runtime_error>("first half"));
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace assay
