#include "harness/train/forward.h"

#include <gtest/gtest.h>

#include "tests/train/tiny.h"

namespace assay {
namespace {

TEST(DropoutMask, IsSeededAndKeepsTheMean) {
  const Tensor mask = dropout_mask({100, 100}, 0.25, 3);
  EXPECT_TRUE(mask.equal(dropout_mask({100, 100}, 0.25, 3)));
  EXPECT_FALSE(mask.equal(dropout_mask({100, 100}, 0.25, 4)));
  EXPECT_NEAR(mask.eq(0).to(at::kFloat).mean().item<double>(), 0.25, 0.02);
  EXPECT_NEAR(mask.max().item<double>(), 1 / 0.75, 1e-6);
  EXPECT_NEAR(mask.mean().item<double>(), 1, 0.03);
}

TEST(TrainingForward, WithoutDropoutIsTheNetwork) {
  const Network network = test::tiny_network(1);
  const Tensor input = test::normal({3, 3, 12, 12}, 5);
  const TrainingOutputs outputs = training_forward(network, input, 0, 1);
  EXPECT_TRUE(outputs.logits.equal(network.forward(input)));
  EXPECT_TRUE(outputs.embedding.equal(network.activations(input)[network.find("fc8_s")]));
}

TEST(TrainingForward, DropsByTheSeedAtDropoutLayersOnly) {
  const Network network = test::tiny_network(1);
  const Tensor input = test::normal({3, 3, 12, 12}, 5);
  const TrainingOutputs one = training_forward(network, input, 0.5, 1);
  EXPECT_TRUE(one.logits.equal(training_forward(network, input, 0.5, 1).logits));
  EXPECT_FALSE(one.logits.equal(training_forward(network, input, 0.5, 2).logits));
  EXPECT_TRUE(one.embedding.equal(network.activations(input)[network.find("fc8_s")]));  // before the dropout
}

}  // namespace
}  // namespace assay
