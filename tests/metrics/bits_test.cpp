#include <gtest/gtest.h>

#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "tests/metrics/toy.h"

namespace assay::test {
namespace {

/// What waves rest on: a prediction has the same bits wherever in the batch it stands and whoever stands
/// beside it. CaffeNet has what could break it: grouped convolutions and large matrix products, one row an
/// image.
TEST(Bits, DoNotDependOnPlaceAndNeighbours) {
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

}  // namespace
}  // namespace assay::test
