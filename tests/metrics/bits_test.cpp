#include <gtest/gtest.h>

#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "metrics/bases.h"
#include "tests/metrics/toy.h"
#include "tests/threads.h"

namespace assay::test {
namespace {

class Bits : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { ASSERT_EQ(at::get_num_threads(), GetParam()); }
  const Threads threads_{GetParam()};
};

/// What waves rest on: a prediction has the same bits wherever in the batch it stands and whoever stands
/// beside it. CaffeNet has what could break it: grouped convolutions and large matrix products, one row an
/// image.
TEST_P(Bits, DoNotDependOnPlaceAndNeighbours) {
  const Network network = load_network("builtin:caffenet?seed=1");
  const std::int64_t side = network.preprocess().height;
  const Tensor image = random_tensor({1, 3, side, side}, 0, 255, 1);
  const Tensor others = random_tensor({32, 3, side, side}, 0, 255, 2);
  Subject subject(network, image, {"image"}, 1, {.batch = 32});
  const Tensor alone = subject.logits()[0];
  for (const std::int64_t place : {1, 31}) {
    const Tensor logits = subject.predict(32, [&](std::int64_t, const Tensor& batch) {
      batch.copy_(others);
      batch[place].copy_(image[0]);
    });
    EXPECT_TRUE(at::equal(logits[place], alone))
        << "place " << place << " off by " << (logits[place] - alone).abs().max().item<float>();
  }
}

TEST_P(Bits, OfABaseDoNotDependOnTheBlock) {
  const Tensor block = random_tensor({3, 3, 227, 227}, 0, 255, 3).round();
  for (const char* text : {"gaussian", "box", "zero", "gray"}) {
    const Tensor together = base_images(parse_base(text), block);
    for (std::int64_t image = 0; image < block.size(0); ++image)
      EXPECT_TRUE(at::equal(together[image], base_images(parse_base(text), block.narrow(0, image, 1))[0]))
          << text << " of image " << image;
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, Bits, testing::Values(1, 2));

}  // namespace
}  // namespace assay::test
