#include "harness/network/randomise.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/network/subject.h"
#include "harness/network/tensor.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::normal;
using test::Toy;
using testing::ElementsAre;
using testing::HasSubstr;

/// A convolution with a batch norm, a residual block, a norm behind a pooling, logits.
Network residual_network() {
  Toy toy(8, 8);
  const int stem = toy.add(Kind::relu, "relu", {toy.batch_norm("bn", toy.conv("stem", 0, 3, 6, 3), 6)});
  const int body = toy.batch_norm("body bn", toy.conv("body", stem, 6, 6, 3), 6);
  const int both = toy.add(Kind::add, "add", {body, toy.conv("shortcut", stem, 6, 6, 1)});
  const int pool = toy.add(Kind::max_pool, "pool", {both}, {.kernel = {2, 2}, .stride = {2, 2}});
  const int norm = toy.batch_norm("pool bn", pool, 6);
  toy.linear("logits", toy.add(Kind::global_avg_pool, "mean", {norm}), 6, 4);
  return toy.network();
}

std::vector<std::string> names_of(std::span<const WeightStage> stages) {
  std::vector<std::string> names;
  for (const WeightStage& stage : stages) names.push_back(stage.name);
  return names;
}

const Layer& layer_of(const Network& network, const std::string& name) {
  return network.layers()[static_cast<std::size_t>(network.find(name))];
}

Tensor weights_of(const Network& network, const std::string& name) {
  return layer_of(network, name).weight();
}

std::vector<double> sorted_values(const Tensor& tensor) {
  const Tensor flat = tensor.to(at::kDouble).flatten().contiguous();
  std::vector<double> values(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  std::ranges::sort(values);
  return values;
}

TEST(WeightStages, GoFromTheLogitsDownWithTheNormsBehindTheirWeights) {
  const Network network = residual_network();
  const std::vector<WeightStage> stages = weight_stages(network);
  EXPECT_THAT(names_of(stages), ElementsAre("logits", "pool bn", "shortcut", "body", "stem"));
  EXPECT_THAT(stages[3].layers, ElementsAre(network.find("body"), network.find("body bn")));
  EXPECT_THAT(stages[1].layers, ElementsAre(network.find("pool bn")));
}

TEST(WeightStages, LayersThatShareTheirWeightsAreOne) {
  Toy toy(4, 4);
  const Tensor weight = normal({4, 48}, 3), bias = normal({4}, 4);
  const int first = toy.add(Kind::linear, "a@0", {0}, {}, {weight, bias});
  const int second = toy.add(Kind::linear, "a@1", {0}, {}, {weight, bias});
  toy.add(Kind::concat, "logits", {first, second});
  const Network network = toy.network();
  const std::vector<WeightStage> stages = weight_stages(network);
  ASSERT_EQ(stages.size(), 1u);
  EXPECT_THAT(stages[0].layers, ElementsAre(1, 2));
  for (const Redraw redraw : {Redraw::fan_in, Redraw::resampled}) {
    const Network changed = randomised(network, stages, redraw, 5);
    EXPECT_TRUE(at::equal(weights_of(changed, "a@0"), weights_of(changed, "a@1")));
    EXPECT_FALSE(at::equal(weights_of(changed, "a@0"), weight));
    EXPECT_EQ(weight_stages(changed).size(), 1u);
  }
}

TEST(Randomised, SharesWhatIsNotDrawnAnew) {
  const Network network = residual_network();
  const std::vector<WeightStage> stages = weight_stages(network);
  const Network changed = randomised(network, {&stages[3], 1}, Redraw::fan_in, 7);
  for (int i = 0; i < network.size(); ++i) {
    const Layer& before = network.layers()[static_cast<std::size_t>(i)];
    const Layer& after = changed.layers()[static_cast<std::size_t>(i)];
    const bool drawn = i == network.find("body") || i == network.find("body bn");
    for (std::size_t p = 0; p < before.parameters.size(); ++p) {
      EXPECT_EQ(before.parameters[p].value.data_ptr() == after.parameters[p].value.data_ptr(), !drawn);
      EXPECT_EQ(before.parameters[p].value.sizes(), after.parameters[p].value.sizes());
      EXPECT_EQ(after.parameters[p].value.scalar_type(), at::kFloat);
    }
  }
  EXPECT_NE(changed.hash(), network.hash());
}

TEST(Randomised, AStageIsTheSameWhateverIsDrawnAlongWithIt) {
  const Network network = residual_network();
  const std::vector<WeightStage> stages = weight_stages(network);
  const Network all = randomised(network, stages, Redraw::resampled, 7);
  Network cascade = network;
  for (const WeightStage& stage : stages) {
    const Network alone = randomised(network, {&stage, 1}, Redraw::resampled, 7);
    EXPECT_TRUE(at::equal(weights_of(alone, stage.name), weights_of(all, stage.name))) << stage.name;
    cascade = randomised(cascade, {&stage, 1}, Redraw::resampled, 7);
  }
  EXPECT_EQ(cascade.hash(), all.hash());
  EXPECT_NE(randomised(network, stages, Redraw::resampled, 8).hash(), all.hash());
}

TEST(Randomised, FanInIsNormalWithItsVarianceAndIdentitiesElsewhere) {
  Toy toy(8, 8);
  const int norm = toy.batch_norm("bn", toy.conv("conv", 0, 3, 64, 3), 64);
  toy.linear("logits", norm, 64 * 64, 10);
  const Network network = toy.network();
  const Network changed = randomised(network, weight_stages(network), Redraw::fan_in, 1);
  for (const char* name : {"conv", "logits"}) {
    const Tensor weight = weights_of(changed, name).to(at::kDouble);
    const double fan_in = static_cast<double>(weight.numel() / weight.size(0));
    EXPECT_NEAR(weight.mean().item<double>() * std::sqrt(fan_in), 0, 0.1) << name;
    EXPECT_NEAR(weight.square().mean().item<double>() * fan_in, 2, 0.2) << name;
    EXPECT_EQ(layer_of(changed, name).bias().abs().max().item<double>(), 0);
  }
  const Layer& identity = layer_of(changed, "bn");
  for (std::size_t i = 0; i < 4; ++i) {
    const double expected = i == 0 || i == 3 ? 1 : 0;
    EXPECT_TRUE((identity.parameters[i].value == expected).all().item<bool>()) << i;
  }
}

TEST(Randomised, TruncatedEndsAtTwoDeviations) {
  Toy toy(8, 8);
  toy.linear("logits", 0, 192, 50);
  const Network network = toy.network();
  const Tensor weight =
      weights_of(randomised(network, weight_stages(network), Redraw::truncated, 1), "logits").to(at::kDouble);
  EXPECT_LE(weight.abs().max().item<double>(), 0.02 + 1e-9);
  EXPECT_GT(weight.abs().max().item<double>(), 0.0195);
  // the variance of a normal distribution cut off at two deviations is 0.7737 of the whole one's
  EXPECT_NEAR(weight.square().mean().item<double>(), 0.7737e-4, 0.05e-4);
}

TEST(Randomised, OwnValuesAreDrawnOrPermuted) {
  const Network network = residual_network();
  const std::vector<WeightStage> stages = weight_stages(network);
  const Network resampled = randomised(network, stages, Redraw::resampled, 3);
  const Network permuted = randomised(network, stages, Redraw::permuted, 3);
  for (const WeightStage& stage : stages)
    for (const int index : stage.layers)
      for (std::size_t p = 0; p < network.layers()[static_cast<std::size_t>(index)].parameters.size(); ++p) {
        const auto values = [&](const Network& of) {
          return sorted_values(of.layers()[static_cast<std::size_t>(index)].parameters[p].value);
        };
        const std::vector<double> own = values(network), drawn = values(resampled);
        EXPECT_EQ(values(permuted), own);
        for (const double value : drawn) EXPECT_TRUE(std::ranges::binary_search(own, value));
      }
  EXPECT_NE(sorted_values(weights_of(resampled, "stem")), sorted_values(weights_of(network, "stem")));
  EXPECT_FALSE(at::equal(weights_of(permuted, "stem"), weights_of(network, "stem")));
}

TEST(Randomised, SeedsFitIntoADouble) {
  for (const WeightStage& stage : weight_stages(residual_network())) {
    const std::uint64_t seed = stage_seed(99, stage);
    EXPECT_EQ(static_cast<std::uint64_t>(static_cast<double>(seed)), seed);
    EXPECT_NE(seed, stage_seed(98, stage));
  }
}

TEST(RandomisedSteps, CascadesEndWithEveryStageAndSingleOnesAreSpreadEvenly) {
  using Steps = std::vector<std::vector<std::size_t>>;
  EXPECT_EQ(randomised_steps(3, RandomisedOrder::top_down, 0), (Steps{{0}, {1}, {2}}));
  EXPECT_EQ(randomised_steps(3, RandomisedOrder::bottom_up, 9), (Steps{{2}, {1}, {0}}));
  EXPECT_EQ(randomised_steps(5, RandomisedOrder::top_down, 2), (Steps{{0, 1}, {2, 3, 4}}));
  EXPECT_EQ(randomised_steps(5, RandomisedOrder::bottom_up, 2), (Steps{{4, 3}, {2, 1, 0}}));
  EXPECT_EQ(randomised_steps(5, RandomisedOrder::independent, 3), (Steps{{0}, {2}, {4}}));
  EXPECT_EQ(randomised_steps(5, RandomisedOrder::independent, 1), (Steps{{0}}));
  EXPECT_EQ(randomised_steps(0, RandomisedOrder::top_down, 10), Steps{});
}

TEST(RandomisedSteps, WordsGoBothWays) {
  for (const Redraw redraw : {Redraw::fan_in, Redraw::truncated, Redraw::resampled, Redraw::permuted})
    EXPECT_EQ(redraw_from(name_of(redraw)), redraw);
  for (const RandomisedOrder order :
       {RandomisedOrder::top_down, RandomisedOrder::bottom_up, RandomisedOrder::independent})
    EXPECT_EQ(randomised_order_from(name_of(order)), order);
  EXPECT_THAT([] { redraw_from("he"); },
              testing::ThrowsMessage<ConfigError>(HasSubstr("unknown initialisation 'he'; known: fan-in")));
  EXPECT_THAT([] { randomised_order_from("down"); },
              testing::ThrowsMessage<ConfigError>(HasSubstr("unknown order 'down'; known: top-down")));
}

TEST(ChangedSubject, HasTheSameImagesAndNothingElseInCommon) {
  const Network network = residual_network();
  Subject subject(network, normal({2, 3, 8, 8}, 80), {"first", "second"}, 3, {.batch = 4});
  subject.know_classes(1, {2, 0});
  const Tensor before = subject.logits();
  Subject same = subject.changed({});
  EXPECT_TRUE(at::equal(same.logits(), before));
  EXPECT_EQ(same.bill().forwards, 2);
  EXPECT_EQ(same.seed(1), subject.seed(1));
  EXPECT_EQ(same.run_seed(), 3u);
  EXPECT_THAT(same.classes_on(1), ElementsAre(2, 0));
  const Network other = randomised(network, weight_stages(network), Redraw::permuted, 3);
  Subject changed = subject.changed({.network = other, .seed = 4, .pixels = subject.pixels() * 2});
  Subject expected(other, subject.pixels() * 2, {"first", "second"}, 4, {.batch = 4});
  EXPECT_TRUE(at::equal(changed.logits(), expected.logits()));
  EXPECT_EQ(changed.seed(0), expected.seed(0));
  EXPECT_NE(changed.seed(0), subject.seed(0));
  EXPECT_TRUE(at::equal(subject.logits(), before));
}

}  // namespace
}  // namespace assay
