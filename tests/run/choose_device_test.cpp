#include "harness/run/choose_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int> devices_of(const std::vector<RankView>& ranks, bool share = false) {
  std::vector<int> devices;
  for (const DeviceChoice& choice : choose_devices(ranks, share)) {
    EXPECT_EQ(choice.problem, "");
    devices.push_back(choice.device);
  }
  return devices;
}

TEST(ChooseDevice, RanksThatSeeTheSameTakeOneEach) {
  const RankView node{0, "n1", {"A", "B", "C"}};
  EXPECT_THAT(devices_of({node, node, node}), ElementsAre(0, 1, 2));
  EXPECT_THAT(devices_of({node}), ElementsAre(0));
}

TEST(ChooseDevice, EveryNodeHasDevicesOfItsOwn) {
  const RankView one{0, "n1", {"A", "B"}}, other{2, "n2", {"A", "B"}};
  EXPECT_THAT(devices_of({one, one, other, other}), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(devices_of({one, other, one, other}), ElementsAre(0, 0, 1, 1));  // dealt out in turn
}

TEST(ChooseDevice, ALaunchersBindingIsRespected) {
  EXPECT_THAT(devices_of({{0, "n1", {"B"}}, {0, "n1", {"A"}}}), ElementsAre(0, 0));
  EXPECT_THAT(devices_of({{0, "n1", {"A", "B"}}, {0, "n1", {"C", "D"}}}), ElementsAre(0, 0));
  EXPECT_THAT(devices_of({{0, "n1", {"A", "B"}}, {0, "n1", {"B", "A"}}}), ElementsAre(0, 0));
}

TEST(ChooseDevice, WhoSeesTheLeastChoosesFirst) {
  EXPECT_THAT(devices_of({{0, "n1", {"A", "B"}}, {0, "n1", {"A"}}}), ElementsAre(1, 0));
  EXPECT_THAT(devices_of({{0, "n1", {"A", "B", "C"}}, {0, "n1", {"A", "B"}}, {0, "n1", {"A"}}}),
              ElementsAre(2, 1, 0));
}

TEST(ChooseDevice, TwoRanksOnOneDeviceAreAProblem) {
  const auto choices = choose_devices(std::vector<RankView>{{0, "n1", {"A"}}, {0, "n1", {"A"}}}, false);
  EXPECT_EQ(choices[0].problem, "");
  EXPECT_EQ(choices[0].device, 0);
  EXPECT_EQ(choices[1].device, -1);
  EXPECT_EQ(
      choices[1].problem,
      "rank 1 on n1 would compute on the GPU of rank 0 (A); start one rank a GPU (srun --gpus-per-task=1, "
      "or fewer --ntasks-per-node), or allow it with numerics.share_devices: true");
}

TEST(ChooseDevice, SharedDevicesAreTakenInTurn) {
  const RankView node{0, "n1", {"A", "B"}};
  EXPECT_THAT(devices_of({node, node, node, node, node}, true), ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(devices_of({{0, "n1", {"A"}}, node, node}, true), ElementsAre(0, 1, 0));
}

TEST(ChooseDevice, ARankWithoutAGpuIsAProblemEvenWhereTheyAreShared) {
  const auto choices = choose_devices(std::vector<RankView>{{0, "n1", {"A"}}, {1, "n2", {}}}, true);
  EXPECT_EQ(choices[0].device, 0);
  EXPECT_THAT(choices[1].problem, HasSubstr("rank 1 on n2 sees no GPU; give each rank one"));
}

TEST(ChooseDevice, OnCpusNothingIsTaken) {
  const RankView rank{0, "n1", {"A"}, false};
  EXPECT_THAT(devices_of({rank, rank, {1, "n2", {}, false}}), ElementsAre(0, 0, 0));
}

TEST(ChooseDevice, ARankOnAnotherKindOfDeviceIsAProblem) {
  const auto choices = choose_devices(std::vector<RankView>{{0, "n1", {"A"}}, {1, "n2", {}, false}}, true);
  EXPECT_EQ(choices[0].problem, "");
  EXPECT_EQ(choices[1].problem,
            "rank 1 on n2 would compute on the CPU, rank 0 on n1 on a GPU; give every rank a GPU (srun "
            "--gpus-per-task=1) or none (numerics.device: cpu)");
}

}  // namespace
}  // namespace assay
