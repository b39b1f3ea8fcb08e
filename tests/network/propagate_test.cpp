#include "harness/network/propagate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>

#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

/// d <seed, output> / d activation of `stop` by one end-to-end graph.
Tensor autograd_reference(const Network& network, const std::vector<Tensor>& activations, const Tensor& seed,
                          int stop) {
  const at::AutoGradMode record(true);
  std::vector<Tensor> values = activations;
  const Tensor leaf = values[static_cast<std::size_t>(stop)].detach().clone().requires_grad_();
  values[static_cast<std::size_t>(stop)] = leaf;
  for (int i = stop + 1; i < network.size(); ++i) {
    const Layer& layer = network.layers()[static_cast<std::size_t>(i)];
    std::vector<Tensor> inputs;
    for (const int input : layer.inputs) inputs.push_back(values[static_cast<std::size_t>(input)]);
    values[static_cast<std::size_t>(i)] = Network::run(layer, inputs);
  }
  return torch::autograd::grad({values.back()}, {leaf}, {seed})[0];
}

TEST(Propagate, EqualsAutogradAtEveryLayerOfEveryKind) {
  const Network network = every_kind(true);
  std::set<Kind> kinds;
  for (const Layer& layer : network.layers()) kinds.insert(layer.kind);
  ASSERT_EQ(kinds.size(), static_cast<std::size_t>(Kind::opaque) + 1) << "the toy network misses a kind";

  const std::vector<Tensor> activations = network.activations(normal({2, 3, 12, 12}, 99));
  const Tensor seed = normal(activations.back().sizes(), 7);
  for (int stop = 0; stop < network.output(); ++stop) {
    const Tensor expected = autograd_reference(network, activations, seed, stop);
    const Tensor found = propagate(network, activations, seed, Rules{}, network.output(), stop);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_GT(largest(expected), 0) << network.layers()[static_cast<std::size_t>(stop)].name;
    EXPECT_LE(largest(found - expected), 1e-6 * largest(expected))
        << network.layers()[static_cast<std::size_t>(stop)].name;
  }
}

TEST(Propagate, PassesConvolutionsWithTheBitsOfAutograd) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble})
    for (const std::array<std::int64_t, 4>& pad :
         std::vector<std::array<std::int64_t, 4>>{{0, 0, 0, 0}, {1, 2, 1, 2}, {1, 2, 0, 3}, {2, 0, 0, 0}})
      for (const std::int64_t groups : {1, 2})
        for (const std::int64_t stride : {1, 3}) {
          Layer layer{.kind = Kind::conv, .name = "conv"};
          layer.attributes.pad = pad;
          layer.attributes.groups = groups;
          layer.attributes.stride = {stride, 1};
          layer.attributes.dilation = {1, 2};
          layer.parameters = {{"weight", normal({6, 4 / groups, 3, 3}, 1).to(type)},
                              {"bias", normal({6}, 2).to(type)}};
          const std::vector<Tensor> inputs{normal({2, 4, 11, 13}, 3).to(type)};
          const Tensor leaf = inputs[0].clone().requires_grad_();
          const at::AutoGradMode record(true);
          const Tensor output = Network::run(layer, std::vector<Tensor>{leaf});
          const Tensor relevance = normal(output.sizes(), 4).to(type);
          const Tensor expected = torch::autograd::grad({output}, {leaf}, {relevance})[0];
          const Tensor found = local_gradient({layer, inputs, output, relevance})[0];
          EXPECT_TRUE(at::equal(found, expected)) << fmt::format(
              "{} pad {} groups {} stride {}", toString(type), fmt::join(pad, ","), groups, stride);
        }
}

TEST(Propagate, WalksInTheTypeOfTheSeed) {
  const Network network = every_kind(true);
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 12, 12}, 99));
  const Tensor seed = normal(activations.back().sizes(), 7);
  const Tensor single = propagate(network, activations, seed, Rules{}, network.output(), 0);
  const Tensor exact = propagate(network, activations, seed.to(at::kDouble), Rules{}, network.output(), 0);
  EXPECT_EQ(single.scalar_type(), at::kFloat);
  EXPECT_EQ(exact.scalar_type(), at::kDouble);
  EXPECT_LE(largest(exact - single), 1e-5 * largest(exact));
  EXPECT_GT(largest(exact - single), 0);
}

TEST(Propagate, DropsPathsThatBypassTheStop) {
  Toy toy(4, 4);
  const int side = toy.conv("side", 0, 3, 3, 3);
  const int sum = toy.add(Kind::add, "sum", {side, 0});
  toy.add(Kind::global_avg_pool, "logits", {sum});
  const Network network = toy.network();
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 4, 4}, 1));
  const Tensor seed = at::ones({1, 3, 1, 1});
  Conservation report;
  const Tensor at_side = propagate(network, activations, seed, Rules{}, network.output(), side, &report);
  EXPECT_TRUE(at::allclose(at_side, at::full({1, 3, 4, 4}, 1.0 / 16)));
  EXPECT_DOUBLE_EQ(report.sums[static_cast<std::size_t>(network.output())], 3);
  EXPECT_NEAR(report.sums[static_cast<std::size_t>(side)], 3, 1e-6);

  EXPECT_EQ(walked_layers(network, network.output(), side), (std::vector<int>{sum, sum + 1}));
  EXPECT_EQ(walked_layers(network, side, 0), (std::vector<int>{side}));
  EXPECT_TRUE(walked_layers(network, side, sum).empty());
}

TEST(Propagate, NothingArrivesAtALayerThatDoesNotFeedTheStart) {
  Toy toy(4, 4);
  const int left = toy.conv("left", 0, 3, 2, 1);
  const int right = toy.conv("right", 0, 3, 2, 1);
  toy.add(Kind::concat, "both", {left, right});
  const Network network = toy.network();
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 4, 4}, 1));
  const Tensor found = propagate(network, activations, at::ones({1, 2, 4, 4}), Rules{}, right, left);
  EXPECT_EQ(found.sizes(), (std::vector<std::int64_t>{1, 2, 4, 4}));
  EXPECT_EQ(largest(found), 0);
}

TEST(Propagate, MaxPoolingFollowsTheFirstMaximumInRowMajorOrder) {
  for (const bool uneven : {false, true}) {
    Toy toy(4, 4);
    const Attributes halves{
        .kernel = {2, 2}, .stride = {2, 2}, .pad = {0, 0, uneven ? 2 : 0, uneven ? 2 : 0}};
    toy.add(Kind::max_pool, "pool", {0}, halves);
    const Network network = toy.network();
    const std::vector<Tensor> activations = network.activations(at::ones({1, 3, 4, 4}));
    const Tensor seed = at::ones(activations.back().sizes());
    const Tensor found = propagate(network, activations, seed, Rules{}, 1, 0);
    Tensor expected = at::zeros({1, 3, 4, 4});
    expected.slice(2, 0, 4, 2).slice(3, 0, 4, 2).fill_(1);
    EXPECT_TRUE(at::equal(found, expected)) << uneven;
  }
}

TEST(Propagate, GlobalMaxPoolingFollowsTheFirstMaximum) {
  Toy toy(4, 4);
  toy.add(Kind::global_max_pool, "pool", {0});
  const Network network = toy.network();
  Tensor input = at::zeros({1, 3, 4, 4});
  input[0][1][2][3] = input[0][1][3][0] = 5;
  const std::vector<Tensor> activations = network.activations(input);
  const Tensor found = propagate(network, activations, at::ones({1, 3, 1, 1}), Rules{}, 1, 0);
  EXPECT_EQ(found[0][1][2][3].item<float>(), 1);
  EXPECT_EQ(found[0][1].sum().item<float>(), 1);
  EXPECT_EQ(found[0][0][0][0].item<float>(), 1);
}

TEST(Propagate, AddedToItselfGetsBothParts) {
  Toy toy(2, 2);
  toy.add(Kind::add, "twice", {0, 0});
  const Network network = toy.network();
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 2, 2}, 3));
  const Tensor found = propagate(network, activations, at::ones({1, 3, 2, 2}), Rules{}, 1, 0);
  EXPECT_TRUE(at::equal(found, at::full({1, 3, 2, 2}, 2.0)));
}

}  // namespace
}  // namespace assay::test
