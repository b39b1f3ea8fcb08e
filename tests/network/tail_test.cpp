#include "harness/network/tail.h"

#include <gtest/gtest.h>

#include "harness/network/propagate.h"
#include "harness/network/subject.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

/// A full forward of one image in double in which layer `replaced` gives `output` [1,...] whatever it reads.
Tensor forward_with(const Network& network, const Tensor& input, int replaced, const Tensor& output) {
  const at::NoGradGuard no_grad;
  const Network exact = network.to(at::kDouble);
  std::vector<Tensor> values{replaced == 0 ? output : input.to(at::kDouble)};
  for (int i = 1; i < exact.size(); ++i) {
    const Layer& layer = exact.layers()[static_cast<std::size_t>(i)];
    std::vector<Tensor> inputs;
    for (const int read : layer.inputs) inputs.push_back(values[static_cast<std::size_t>(read)]);
    values.push_back(i == replaced ? output : Network::run(layer, inputs));
  }
  return values.back().flatten(1);
}

std::vector<std::int64_t> rows_of(const Tensor& activation, std::int64_t n) {
  std::vector<std::int64_t> shape = activation.sizes().vec();
  shape.front() = n;
  return shape;
}

TEST(Tail, EqualsAFullForwardFromEveryLayerOfEveryKind) {
  const Network network = every_kind(true);
  const Tensor input = normal({1, 3, 12, 12}, 21);
  const std::vector<Tensor> activations = exact_activations(network, input);
  for (int layer = 0; layer < network.size(); ++layer) {
    const Tensor& known = activations[static_cast<std::size_t>(layer)];
    const Tensor outputs = normal(rows_of(known, 3), 30 + static_cast<std::uint64_t>(layer)).to(at::kDouble);
    const Tensor found = Tail(network, layer, activations).run(outputs);
    ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{3, 5}));
    for (std::int64_t n = 0; n < 3; ++n) {
      const Tensor expected = forward_with(network, input, layer, outputs.narrow(0, n, 1))[0];
      EXPECT_LE(largest(found[n] - expected), 1e-12 * (1 + largest(expected)))
          << network.layers()[static_cast<std::size_t>(layer)].name;
    }
    EXPECT_GT(largest(found[0] - found[1]), 0) << network.layers()[static_cast<std::size_t>(layer)].name;
  }
}

TEST(Tail, ComputesInTheTypeOfTheActivations) {
  const Network network = every_kind(true);
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 12, 12}, 22));
  const int layer = network.find("residual");
  const Tensor& known = activations[static_cast<std::size_t>(layer)];
  const Tensor found = Tail(network, layer, activations).run(known);
  EXPECT_EQ(found.scalar_type(), at::kFloat);
  EXPECT_LE(largest(found - activations.back()), 1e-6);
}

TEST(Tail, MultiplyAddsOfTheLayersBehind) {
  const Network network = every_kind(false);
  EXPECT_EQ(multiply_adds_behind(network, 0), multiply_adds(network));
  EXPECT_EQ(multiply_adds_behind(network, network.find("flat")), 60 * 5);
  EXPECT_EQ(multiply_adds_behind(network, network.find("joined")), 60 * 5 + 24 * 6 * 3 * 3);
  EXPECT_EQ(multiply_adds_behind(network, network.output()), 0);
}

TEST(Tail, PredictsAndBillsWhatItRuns) {
  const Network network = every_kind(false);
  const Tensor pixels = normal({2, 3, 12, 12}, 23);
  Subject subject(network, pixels, {"a", "b"}, 1, {.batch = 4});
  const int layer = network.find("relu6");
  const Tensor known = subject.activations(1)[static_cast<std::size_t>(layer)];
  subject.bill();
  const Tensor outputs = normal(rows_of(known, 6), 24).to(at::kDouble);
  const Tensor found = subject.predict_from(layer, 1, 6, [&](std::int64_t first, const Tensor& batch) {
    EXPECT_EQ(batch.scalar_type(), at::kDouble);
    batch.copy_(outputs.narrow(0, first, batch.size(0)));
  });
  ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{6, 5}));
  for (std::int64_t n = 0; n < 6; ++n) {
    const Tensor expected = forward_with(network, pixels.narrow(0, 1, 1), layer, outputs.narrow(0, n, 1))[0];
    EXPECT_LE(largest(found[n] - expected), 1e-12 * (1 + largest(expected))) << n;
  }
  const Cost cost = subject.bill();  // the activations and six tails
  const std::int64_t full = multiply_adds(network);
  EXPECT_EQ(cost.forwards, 1 + 6);
  EXPECT_EQ(cost.backwards, 0);
  EXPECT_EQ(cost.work, (Work{7 * full, full + 6 * multiply_adds_behind(network, layer)}));
  EXPECT_EQ(subject.done().work, cost.work);
}

}  // namespace
}  // namespace assay::test
