#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "harness/core/error.h"
#include "harness/network/propagate.h"
#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"

namespace assay::test {
namespace {

double sum_of(const Tensor& values) {
  return values.sum(at::kDouble).item<double>();
}

Tensor walk(const Network& network, const Tensor& input, const Tensor& seed, bool negative = false) {
  return propagate(network, network.activations(input), seed, excitation_rules(negative), network.output(),
                   0);
}

TEST(Excitation, LinearByHand) {
  Toy toy(1, 1);
  toy.add(Kind::linear, "logits", {0}, {}, {single({3, -1, 1, -2, -4, 0}, {2, 3})});
  const Network network = toy.network();
  const Tensor input = single({1.0, 2.0, 0.5}, {1, 3, 1, 1});
  const Tensor first = exact({1.0, 0.0}, {1, 2}), second = exact({0.0, 1.0}, {1, 2});
  // W+ x of row 0 = (3, 0, 0.5): shares 6/7, 0, 1/7.
  EXPECT_TRUE(at::allclose(walk(network, input, first).view({3}), exact({6.0 / 7, 0.0, 1.0 / 7}, {3})));
  // W- x of row 1 = (2, 8, 0): shares 0.2, 0.8, 0. With W+ nothing excites it: the term is 0.
  EXPECT_TRUE(at::allclose(walk(network, input, second, true).view({3}), exact({0.2, 0.8, 0.0}, {3})));
  EXPECT_EQ(sum_of(walk(network, input, second).abs()), 0);
}

TEST(Excitation, NegativeInputsCountAsZero) {
  Toy toy(1, 1);
  toy.add(Kind::linear, "logits", {0}, {}, {single({1.0, 1.0, 2.0}, {1, 3})});
  const Tensor input = single({-3.0, 1.0, 1.0}, {1, 3, 1, 1});
  EXPECT_TRUE(at::allclose(walk(toy.network(), input, at::ones({1, 1}, at::kDouble)).view({3}),
                           exact({0.0, 1.0 / 3, 2.0 / 3}, {3})));
}

TEST(Excitation, AddSharesInProportionToSignedInputs) {
  Toy toy(1, 1);
  const int same = toy.add(Kind::dropout, "same", {0});
  const int scaled = toy.add(Kind::batch_norm, "scaled", {0}, {.epsilon = 0},
                             {at::ones({3}), single({-3.0, 1.0, -2.0}, {3}), at::zeros({3}), at::ones({3})});
  const int sum = toy.add(Kind::add, "sum", {same, scaled});
  const Network network = toy.network();
  const std::vector<Tensor> activations =
      network.activations(at::ones({1, 3, 1, 1}));  // 1 + (-2, 2, -1) = (-1, 3, 0)
  const Tensor seed = at::ones({1, 3, 1, 1}, at::kDouble);
  const Tensor left = propagate(network, activations, seed, excitation_rules(), sum, same).view({3});
  const Tensor right = propagate(network, activations, seed, excitation_rules(), sum, scaled).view({3});
  EXPECT_TRUE(at::allclose(left, exact({-1.0, 1.0 / 3, 0.0}, {3})));
  EXPECT_TRUE(at::allclose(right, exact({2.0, 2.0 / 3, 0.0}, {3})));
}

/// The rule as it is written, on the dense matrix of a layer (columns = responses to unit images).
Tensor dense_reference(const Layer& layer, const Tensor& input, const Tensor& seed) {
  Layer bare = layer;
  bare.parameters.resize(1);
  const std::int64_t n = input.numel();
  const std::vector<Tensor> basis{at::eye(n).view({n, input.size(1), input.size(2), input.size(3)})};
  const Tensor matrix =
      Network::run(bare, basis).reshape({n, -1}).t().to(at::kDouble).contiguous();  // [out,in]
  const Tensor x = input.reshape({-1}).clamp_min(0).to(at::kDouble), p = seed.reshape({-1});
  Tensor result = at::zeros({n}, at::kDouble);
  for (std::int64_t i = 0; i < matrix.size(0); ++i) {
    double z = 0;
    for (std::int64_t k = 0; k < n; ++k)
      z += std::max(matrix[i][k].item<double>(), 0.0) * x[k].item<double>();
    if (z == 0) continue;
    for (std::int64_t j = 0; j < n; ++j)
      result[j] += x[j] * std::max(matrix[i][j].item<double>(), 0.0) * p[i] / z;
  }
  return result.view(input.sizes());
}

TEST(Excitation, ConvolutionEqualsTheDenseRule) {
  const Attributes grouped{
      .kernel = {3, 2}, .stride = {1, 2}, .pad = {1, 0, 0, 1}, .dilation = {1, 1}, .groups = 1};
  const Attributes dilated{
      .kernel = {2, 2}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .dilation = {2, 1}, .groups = 3};
  for (const Attributes& attributes : {grouped, dilated}) {
    Toy toy(4, 4);
    toy.add(
        Kind::conv, "conv", {0}, attributes,
        {normal({3, 3 / attributes.groups, attributes.kernel[0], attributes.kernel[1]}, 5), normal({3}, 6)});
    const Network network = toy.network();
    const Tensor input = normal({1, 3, 4, 4}, 8);
    const Tensor seed = normal(network.activations(input).back().sizes(), 9).to(at::kDouble);
    EXPECT_TRUE(at::allclose(walk(network, input, seed), dense_reference(network.layers()[1], input, seed),
                             1e-9, 1e-12));
  }
}

/// The shortcut of option A: what was added as zeros gets nothing, the rest is conserved.
Network padded_shortcut() {
  Toy toy(6, 6);
  const int strided = toy.conv("strided", 0, 3, 7, 3, 2);
  const int shortcut = toy.add(Kind::pad_channels, "shortcut", {0}, {.before = 1, .after = 3});
  toy.add(Kind::add, "sum", {strided, shortcut});
  return toy.network();
}

Network spread_maximum() {
  Toy toy(6, 6);
  const int pooled = toy.add(Kind::global_max_pool, "pooled", {0});
  toy.add(Kind::broadcast_like, "spread", {pooled, 0});
  return toy.network();
}

/// A network for each kind that passes excitation, behind a non-negative input; every path reaches the
/// output.
std::vector<Network> one_layer_networks() {
  std::vector<Network> networks;
  const auto single = [&](Kind kind, Attributes attributes = {}) {
    Toy toy(6, 6);
    toy.add(kind, std::string(name_of(kind)), {0}, attributes);
    networks.push_back(toy.network());
  };
  for (const Kind kind :
       {Kind::relu, Kind::relu6, Kind::dropout, Kind::global_avg_pool, Kind::global_max_pool, Kind::flatten})
    single(kind);
  single(Kind::leaky_relu, {.slope = 0.1});
  single(Kind::lrn, {.size = 3});
  single(Kind::max_pool, {.kernel = {3, 3}, .stride = {2, 2}, .pad = {0, 0, 1, 1}});
  single(Kind::avg_pool,
         {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}, .count_include_pad = true});
  single(Kind::avg_pool, {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true});
  Toy conv(6, 6), grouped(6, 6), linear(6, 6), norm(6, 6), add(6, 6), concat(6, 6);
  conv.conv("conv", 0, 3, 4, 3, 2);
  grouped.conv("grouped", 0, 3, 6, 3, 1, 3);
  linear.linear("linear", 0, 108, 5);
  norm.batch_norm("norm", 0, 3);
  add.add(Kind::add, "add", {0, add.add(Kind::lrn, "lrn", {0}, {.size = 3}), 0});
  concat.add(Kind::concat, "concat", {concat.conv("left", 0, 3, 2, 1), concat.conv("right", 0, 3, 4, 3)});
  for (const Toy* toy : {&conv, &grouped, &linear, &norm, &add, &concat}) networks.push_back(toy->network());
  networks.push_back(padded_shortcut());
  networks.push_back(spread_maximum());
  return networks;
}

TEST(Excitation, EachKindConservesItsSum) {
  const Tensor input = normal({2, 3, 6, 6}, 21).abs();
  for (const Network& network : one_layer_networks()) {
    const Tensor seed = normal(network.activations(input).back().sizes(), 22).to(at::kDouble);
    EXPECT_NEAR(sum_of(walk(network, input, seed)), sum_of(seed), 1e-9)
        << network.layers()[static_cast<std::size_t>(network.output())].name;
  }
}

/// What excitation backprop does with a kind. No default: a kind that is added does not compile here before
/// somebody says so.
enum class Promise { conserves, refuses };
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
Promise promise_of(Kind kind) {
  switch (kind) {
    case Kind::input:
    case Kind::conv:
    case Kind::linear:
    case Kind::batch_norm:
    case Kind::relu:
    case Kind::relu6:
    case Kind::leaky_relu:
    case Kind::max_pool:
    case Kind::avg_pool:
    case Kind::global_avg_pool:
    case Kind::global_max_pool:
    case Kind::lrn:
    case Kind::concat:
    case Kind::add:
    case Kind::dropout:
    case Kind::flatten:
    case Kind::broadcast_like:
    case Kind::pad_channels:
      return Promise::conserves;
    case Kind::softmax:
    case Kind::opaque:
      return Promise::refuses;
  }
  throw std::invalid_argument("no such kind");
}
#pragma GCC diagnostic pop

bool refuses(Kind kind) {
  const Layer layer{.kind = kind, .name = "layer", .inputs = {0}, .opaque = std::make_shared<const Swish>()};
  const Tensor value = at::ones({1, 2}, at::kDouble);
  const std::vector<Tensor> inputs{value};
  try {
    excitation_rules().rule(kind)({layer, inputs, value, value});
  } catch (const ConfigError&) {
    return true;
  }
  return false;
}

TEST(Excitation, EveryKindIsConservedOrRefused) {
  std::set<Kind> conserved;
  for (const Network& network : one_layer_networks())
    for (const Layer& layer : network.layers()) conserved.insert(layer.kind);
  for (int k = 0; k <= static_cast<int>(Kind::opaque); ++k) {
    const Kind kind = static_cast<Kind>(k);
    if (promise_of(kind) == Promise::refuses)
      EXPECT_TRUE(refuses(kind)) << name_of(kind);
    else
      EXPECT_TRUE(conserved.contains(kind)) << name_of(kind) << " is in none of the networks above";
  }
}

TEST(Excitation, PaddedChannelsTakeNothingFromASum) {
  const Network network = padded_shortcut();
  const Tensor input = normal({1, 3, 6, 6}, 23).abs();
  const Tensor seed = normal({1, 7, 3, 3}, 24).abs().to(at::kDouble);
  EXPECT_NEAR(sum_of(walk(network, input, seed)), sum_of(seed), 1e-9);
}

TEST(Excitation, BroadcastSumsWhatItSpread) {
  const Tensor input = normal({1, 3, 6, 6}, 25).abs();
  const Tensor seed = normal({1, 3, 6, 6}, 26).to(at::kDouble);
  const Tensor found = walk(spread_maximum(), input, seed);
  EXPECT_TRUE(at::allclose(found.sum({2, 3}), seed.sum({2, 3})));
  EXPECT_EQ((found != 0).sum().item<std::int64_t>(), 3);
}

TEST(Excitation, AWholeNetworkConservesItsSum) {
  const Network network = every_kind(false);
  const Tensor input = normal({1, 3, 12, 12}, 31).abs();
  const std::vector<Tensor> activations = network.activations(input);
  for (std::int64_t target = 0; target < 5; ++target) {
    const Tensor seed = at::zeros({1, 5}, at::kDouble);
    seed[0][target] = 1;
    Conservation report;
    const Tensor found =
        propagate(network, activations, seed, excitation_rules(), network.output(), 0, &report);
    EXPECT_NEAR(sum_of(found), 1, 1e-9) << target;
    for (const std::string& bottleneck : {"stem", "norm", "relu", "pool"})
      EXPECT_NEAR(report.sums[static_cast<std::size_t>(network.find(bottleneck))], 1, 1e-9)
          << target << bottleneck;
  }
}

TEST(Excitation, RefusesOpaqueLayersByName) {
  const Network network = every_kind(true);
  const std::vector<Tensor> activations = network.activations(normal({1, 3, 12, 12}, 31));
  try {
    propagate(network, activations, at::ones({1, 5}, at::kDouble), excitation_rules(), network.find("logits"),
              0);
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "layer 'swish' (aten::silu): excitation backprop has no rule for it");
  }
}

}  // namespace
}  // namespace assay::test
