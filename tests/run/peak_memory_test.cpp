#include "harness/run/peak_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <fstream>

namespace assay {
namespace {

constexpr std::int64_t kLarge = 256 << 20;

/// Touches that much memory, and gives it back to the system.
void use(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  std::memset(memory, 1, size);
  munmap(memory, size);
}

TEST(PeakMemory, SeesWhatIsGivenBackAndForgetsWhatWasBefore) {
  if (!std::ofstream("/proc/self/clear_refs")) GTEST_SKIP() << "this system cannot forget a peak";
  const PeakMemory all;
  const std::int64_t before = all.bytes();
  EXPECT_GT(before, 1 << 20);
  use(kLarge);
  const std::int64_t peak = all.bytes();
  EXPECT_GE(peak - before, kLarge / 2);
  const PeakMemory rest;
  EXPECT_LT(rest.bytes(), peak - kLarge / 2);
}

}  // namespace
}  // namespace assay
