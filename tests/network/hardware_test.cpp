#include "harness/network/hardware.h"

#include <gtest/gtest.h>
#include <torch/cuda.h>

#include <cstdlib>
#include <set>

#include "tests/gpu.h"

namespace assay {
namespace {

TEST(Hardware, WithoutADriverThereIsNoGpu) {
  EXPECT_TRUE(visible_gpus("libno-such-driver.so.1").empty());
}

TEST(Hardware, GpusAreNamedAsTheDriverNamesThem) {
  const std::vector<Gpu> gpus = visible_gpus(FAKE_CUDA);
  ASSERT_EQ(gpus.size(), 2u);
  EXPECT_EQ(gpus[0].name, "Fake");
  EXPECT_EQ(gpus[0].uuid, "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f");
  EXPECT_EQ(gpus[0].memory, std::int64_t{5} << 30);
  EXPECT_EQ(gpus[1].uuid, "MIG-10111213-1415-1617-1819-1a1b1c1d1e1f");
}

TEST(Hardware, ADriverWithoutDevicesHasNone) {
  setenv("FAKE_GPUS", "-1", 1);
  EXPECT_TRUE(visible_gpus(FAKE_CUDA).empty());
  unsetenv("FAKE_GPUS");
}

TEST(Hardware, TheMachineHasAProcessor) {
  EXPECT_FALSE(processor_name().empty());
}

TEST(Hardware, TheDriverSeesWhatLibTorchSees) {
  ASSAY_NEEDS_GPU();
  const std::vector<Gpu> gpus = visible_gpus();
  ASSERT_EQ(gpus.size(), static_cast<std::size_t>(torch::cuda::device_count()));
  std::set<std::string> uuids;
  for (const Gpu& gpu : gpus) uuids.insert(gpu.uuid);
  EXPECT_EQ(uuids.size(), gpus.size());
  EXPECT_FALSE(gpu_driver_version().empty());
}

}  // namespace
}  // namespace assay
