#include <gtest/gtest.h>

#include "tests/network/pack_network.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

class PackSubject : public ::testing::TestWithParam<const char*> {};

/// The contract behind full batches: bits of one image depend neither on its place nor on its neighbours.
TEST_P(PackSubject, OneImageHasTheSameBitsAnywhereInABatch) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(pack() + "/models/" + GetParam());
  const Preprocess& p = network.preprocess();
  const std::int64_t size = 8;
  const auto forward = [&](const Tensor& pixels) { return network.forward(network.normalise(pixels)); };
  const Tensor image = (normal({3, p.height, p.width}, 60) * 60 + 120).clamp(0, 255);
  Tensor crowd = (normal({size, 3, p.height, p.width}, 61) * 60 + 120).clamp(0, 255);
  for (const std::int64_t place : {0, 3, 7}) crowd[place].copy_(image);
  const Tensor among_others = forward(crowd);
  Tensor lonely = at::zeros_like(crowd);
  lonely[5].copy_(image);
  const Tensor expected = forward(lonely)[5];
  for (const std::int64_t place : {0, 3, 7}) EXPECT_TRUE(at::equal(among_others[place], expected)) << place;
}

INSTANTIATE_TEST_SUITE_P(All, PackSubject, testing::ValuesIn(kPackNetworks), name_of_pack_test);

}  // namespace
}  // namespace assay::test
