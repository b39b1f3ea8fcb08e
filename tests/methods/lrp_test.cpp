#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "harness/network/folded_norms.h"
#include "harness/network/heads.h"
#include "harness/network/load.h"
#include "harness/network/lrp_rules.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "tests/methods/make.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

/// ReLU, max pooling, a shortcut and a concatenation; no layer has a bias.
Network bias_free_network() {
  Toy toy(8, 8);
  const Attributes padded{.kernel = {3, 3}, .pad = {1, 1, 1, 1}};
  const auto conv = [&](const std::string& name, int input, std::int64_t in, std::int64_t out,
                        std::uint64_t seed) {
    return toy.add(Kind::conv, name, {input}, padded, {normal({out, in, 3, 3}, seed) * 0.3});
  };
  const int low = toy.add(Kind::relu, "low relu", {conv("low", 0, 3, 6, 1)});
  const int pool = toy.add(Kind::max_pool, "pool", {low}, {.kernel = {2, 2}, .stride = {2, 2}});
  const int middle = toy.add(Kind::relu, "middle relu", {conv("middle", pool, 6, 6, 2)});
  const int sum = toy.add(Kind::add, "sum", {middle, pool});
  const int joined = toy.add(Kind::concat, "joined", {sum, middle});
  const int high = toy.add(Kind::relu, "high relu", {conv("high", joined, 12, 5, 3)});
  const int average = toy.add(Kind::global_avg_pool, "average", {high});
  toy.add(Kind::linear, "logits", {average}, {}, {normal({4, 5}, 4)});
  toy.preprocess().mean = {120, 120, 120};
  toy.preprocess().std = {60, 60, 60};
  return toy.network("bias-free");
}

Subject noisy_block(const Network& network) {
  const Preprocess& p = network.preprocess();
  return Subject(network, (normal({2, 3, p.height, p.width}, 81) * 60 + 125).clamp(0, 255),
                 {"first", "second"}, 3, {.batch = 4});
}

const std::vector<Query> kBothImages{{1, 2}, {0, 3}, {1, 0}};

Tensor normalised_pixels(Subject& subject, std::span<const Query> queries) {
  std::vector<Tensor> rows;
  for (const Query& query : queries)
    rows.push_back(subject.network().normalise(subject.pixels())[query.image].to(at::kDouble));
  return at::stack(rows);
}

TEST(LayerwiseRelevance, EpsilonIsInputTimesGradientWithoutBiases) {
  const Network network = bias_free_network();
  Subject subject = noisy_block(network);
  const Tensor expected =
      subject.gradient(0, kBothImages, Score::logit) * normalised_pixels(subject, kBothImages);
  for (const double epsilon : {0.0, 1e-12}) {
    const Attribution found =
        make("lrp", {{"rules", "epsilon"}, {"epsilon", epsilon}})->attribute(subject, kBothImages);
    EXPECT_TRUE(at::allclose(found.raw, expected, 1e-6, 1e-8)) << epsilon;
    ASSERT_EQ(found.figures.size(), 1u);
    EXPECT_EQ(found.figures[0].name, "relevance_kept");
    EXPECT_TRUE(at::allclose(found.figures[0].values, at::ones({3}, at::kDouble), 0, 1e-6));
  }
  const Tensor kept = make("lrp", {{"rules", "epsilon"}, {"epsilon", 0.05}})
                          ->attribute(subject, kBothImages)
                          .figures[0]
                          .values;
  EXPECT_GT((kept - 1).abs().min().item<double>(), 1e-6);
}

/// Norms, shortcuts, concatenations and biases of real networks.
TEST(LayerwiseRelevance, EpsilonIsInputTimesGradientOnRealNetworks) {
  ASSAY_NEEDS_PACK();
  for (const char* name : {"squeezenet_bn_places365", "tiny_darknet", "resnet50_tf_uint8"}) {
    const Network network = load_network(pack() + "/models/" + name);
    Subject subject = noisy_block(network);
    const std::vector<Query> query{{0, 7}};
    const Tensor expected = subject.gradient(0, query, Score::logit) * normalised_pixels(subject, query);
    const Attribution found = make("lrp", {{"rules", "epsilon"}, {"epsilon", 0}})->attribute(subject, query);
    const double largest = expected.abs().max().item<double>();
    EXPECT_LE((found.raw - expected).abs().max().item<double>(), 1e-6 * largest) << name;
    const Tensor kept = expected.sum() / subject.activations(0).back().reshape({-1})[7];
    EXPECT_NEAR(found.figures[0].values.item<double>(), kept.item<double>(),
                1e-6 * std::abs(kept.item<double>()))
        << name;
  }
}

TEST(LayerwiseRelevance, EveryRuleConservesWithoutBiases) {
  const Network network = bias_free_network();
  Subject subject = noisy_block(network);
  for (const char* rules : {"composite", "gamma", "z-plus"})
    for (const char* input : {"box", "same"}) {
      const Json settings{{"rules", rules}, {"input", input}, {"epsilon", 0}, {"report", "layers"}};
      const Attribution found = make("lrp", settings)->attribute(subject, kBothImages);
      const Tensor logits =
          at::stack({subject.logits()[1][2], subject.logits()[0][3], subject.logits()[1][0]});
      EXPECT_TRUE(at::allclose(found.raw.sum({1, 2, 3}), logits.to(at::kDouble), 1e-5, 1e-6))
          << rules << input;
      EXPECT_EQ(found.figures.size(), static_cast<std::size_t>(network.size()));
      for (const Figure& figure : found.figures) {
        const bool whole = figure.name == "relevance_kept" || figure.name == "relevance_at_logits" ||
                           figure.name == "relevance_at_low" || figure.name == "relevance_at_high";
        if (whole)
          EXPECT_TRUE(at::allclose(figure.values, at::ones({3}, at::kDouble), 0, 1e-6)) << figure.name;
      }
    }
}

TEST(LayerwiseRelevance, TheRulesDiffer) {
  const Network network = bias_free_network();
  Subject subject = noisy_block(network);
  std::vector<Tensor> maps;
  for (const char* rules : {"composite", "epsilon", "gamma", "z-plus"})
    maps.push_back(make("lrp", {{"rules", rules}})->attribute(subject, kBothImages).raw);
  for (std::size_t a = 0; a < maps.size(); ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_FALSE(at::allclose(maps[a], maps[b], 1e-2)) << a << b;
}

/// Norms, LRN, a bias and every other kind that is not opaque.
TEST(LayerwiseRelevance, CompositeGoesByDepth) {
  const Network network = every_kind(false);
  Subject subject = noisy_block(network);
  const std::vector<Query> query{{1, 2}};
  const Attribution found =
      make("lrp", {{"gamma_share", 0.6}, {"gamma", 0.5}, {"epsilon", 1e-3}})->attribute(subject, query);

  const FoldedNorms folded = fold_norms(network);
  const LrpStep gamma{.rule = LrpRule::gamma, .epsilon = 1e-3, .gamma = 0.5},
      epsilon{.rule = LrpRule::epsilon, .epsilon = 1e-3},
      box{.rule = LrpRule::z_box,
          .low = network.normalise(at::zeros({1, 3, 12, 12})),
          .high = network.normalise(at::full({1, 3, 12, 12}, 255.0))};
  // conv and linear layers: stem 0.2, grouped 0.4, strided 0.6, mix 0.8, logits 1
  const Rules rules = lrp_rules({{"stem", box},
                                 {"grouped", gamma},
                                 {"sum", gamma},
                                 {"average", gamma},
                                 {"strided", gamma},
                                 {"residual", gamma},
                                 {"pooled", gamma},
                                 {"mix", epsilon},
                                 {"logits", epsilon}});
  const auto& original = subject.activations(1);
  const Tensor seed = at::zeros({1, 5}, at::kDouble);
  seed[0][2] = original.back()[0][2];
  const Tensor expected =
      propagate(folded.network, folded.activations(original), seed, rules, network.output(), 0);
  EXPECT_TRUE(at::allclose(found.raw, expected, 1e-9, 1e-12));
  EXPECT_GT(found.raw.abs().max().item<double>(), 0);
}

/// Two branches of one and two convolutions: their depths are not their ranks.
TEST(LayerwiseRelevance, BranchesAreAsDeepAsTheyAre) {
  Toy toy(8, 8);
  const int first = toy.add(Kind::relu, "first relu", {toy.conv("first", 0, 3, 4, 3)});
  const int second = toy.conv("second", first, 4, 4, 3), beside = toy.conv("beside", 0, 3, 4, 3);
  const int sum = toy.add(Kind::relu, "relu", {toy.add(Kind::add, "sum", {second, beside})});
  toy.linear("logits", toy.add(Kind::global_avg_pool, "average", {sum}), 4, 4);
  const Network network = toy.network();
  Subject subject = noisy_block(network);
  const std::vector<Query> query{{1, 2}};
  const Json settings{{"gamma", 0.5}, {"epsilon", 1e-3}, {"input", "same"}};
  const Attribution found = make("lrp", settings)->attribute(subject, query);
  const LrpStep gamma{.rule = LrpRule::gamma, .epsilon = 1e-3, .gamma = 0.5},
      epsilon{.rule = LrpRule::epsilon, .epsilon = 1e-3};
  const Rules rules = lrp_rules({{"first", gamma},
                                 {"beside", gamma},
                                 {"second", epsilon},
                                 {"sum", epsilon},
                                 {"average", epsilon},
                                 {"logits", epsilon}});
  const auto& activations = subject.activations(1);
  const Tensor seed = at::zeros({1, 4}, at::kDouble);
  seed[0][2] = activations.back()[0][2];
  const Tensor expected = propagate(network, activations, seed, rules, network.output(), 0);
  EXPECT_TRUE(at::allclose(found.raw, expected, 1e-9, 1e-12));
  EXPECT_GT(found.raw.abs().max().item<double>(), 0);
}

/// By rank the heads of the last cells would be the upper layers, and none would read the image.
TEST(LayerwiseRelevance, TreatsEachCellOfAMosaicAsItsNetworkAlone) {
  const Network network = bias_free_network(), heads = with_heads(network, Heads::full, 2);
  Subject mosaics = noisy_block(heads);
  const auto lrp = make("lrp");
  for (const std::int64_t cell : {0, 3}) {
    const std::int64_t top = cell / 2 * 8, left = cell % 2 * 8;
    const auto of_cell = [&](const Tensor& whole) { return whole.narrow(2, top, 8).narrow(3, left, 8); };
    Subject alone(network, of_cell(mosaics.pixels()).contiguous(), {"first", "second"}, 3, {.batch = 4});
    const std::vector<Query> in_mosaic{{1, 4 * cell + 2}}, in_cell{{1, 2}};
    const Tensor raw = lrp->attribute(mosaics, in_mosaic).raw, expected = lrp->attribute(alone, in_cell).raw;
    EXPECT_TRUE(at::allclose(of_cell(raw), expected, 1e-9, 1e-12)) << cell;
    EXPECT_DOUBLE_EQ(raw.abs().sum().item<double>(), of_cell(raw).abs().sum().item<double>());
    EXPECT_GT(expected.abs().max().item<double>(), 0);
  }
  EXPECT_EQ(lrp->note(heads), "");
}

/// A classifier behind `first`, which reads the image.
Network classifier_behind(Kind first) {
  Toy toy(6, 6);
  int last = 0;
  if (first == Kind::dropout) last = toy.add(first, "first", {0});
  if (first == Kind::batch_norm) last = toy.batch_norm("first", 0, 3);
  const Tensor weight = normal({5, 3, 3, 3}, 6);
  const int relu =
      toy.add(Kind::relu, "relu", {toy.add(Kind::conv, "conv", {last}, {.kernel = {3, 3}}, {weight})});
  toy.add(Kind::linear, "logits", {relu}, {}, {normal({4, 80}, 7)});
  return toy.network();
}

TEST(LayerwiseRelevance, TheBoxIsWhereTheImageIsReadAndANoteSaysWhenItIsNowhere) {
  const std::vector<Query> query{{0, 1}};
  const auto raw = [&](Kind first, const char* input) {
    Subject subject = noisy_block(classifier_behind(first));
    return make("lrp", {{"input", input}})->attribute(subject, query).raw;
  };
  const auto note = [&](Kind first, const char* input) {
    return make("lrp", {{"input", input}})->note(classifier_behind(first));
  };
  EXPECT_TRUE(at::allclose(raw(Kind::dropout, "box"), raw(Kind::input, "box"), 1e-12));
  EXPECT_FALSE(at::allclose(raw(Kind::dropout, "box"), raw(Kind::dropout, "same"), 1e-3));
  EXPECT_EQ(note(Kind::dropout, "box"), "");
  EXPECT_EQ(note(Kind::batch_norm, "box"), "no layer with weights reads the image: no z-box");
  EXPECT_EQ(note(Kind::batch_norm, "same"), "");
  EXPECT_TRUE(at::equal(raw(Kind::batch_norm, "box"), raw(Kind::batch_norm, "same")));
}

TEST(LayerwiseRelevance, OfALogitOfZeroKeepsNoShare) {
  Toy toy(2, 2);
  toy.add(Kind::linear, "logits", {0}, {}, {at::zeros({3, 12})});
  Subject subject = noisy_block(toy.network());
  const std::vector<Query> query{{0, 1}};
  const Attribution found = make("lrp")->attribute(subject, query);
  EXPECT_TRUE(std::isnan(found.figures.at(0).values.item<double>()));
  EXPECT_EQ(found.raw.abs().max().item<double>(), 0);
}

TEST(LayerwiseRelevance, SaysWhatItCannotServeAndWhatItCosts) {
  const auto lrp = make("lrp");
  EXPECT_THAT(lrp->unsupported(every_kind(true)).value_or(""), HasSubstr("layer 'swish' (aten::silu)"));
  const Network network = every_kind(false);
  EXPECT_FALSE(lrp->unsupported(network));
  Subject subject = noisy_block(network);
  subject.bill();
  const std::vector<Query> query{{0, 1}};
  lrp->attribute(subject, query);
  const Cost cost = subject.bill(), price = lrp->price(network);
  EXPECT_EQ(cost.forwards, price.forwards);
  EXPECT_EQ(cost.backwards, price.backwards);
  EXPECT_EQ(cost.work, price.work);
  EXPECT_FALSE(lrp->uses_seed());
  EXPECT_EQ(error_of("lrp", {{"rules", "z-minus"}}),
            "rules: unknown word 'z-minus'; known: composite, epsilon, gamma, z-plus");
  EXPECT_EQ(error_of("lrp", {{"gamma_share", 2}}), "gamma_share: must lie in 0..1");
  const double infinite = std::numeric_limits<double>::infinity();
  for (const char* key : {"epsilon", "gamma"})
    for (const double value : {-1.0, infinite, infinite - infinite})
      EXPECT_EQ(error_of("lrp", {{key, value}}), std::string(key) + ": must be at least 0, and finite");
}

}  // namespace
}  // namespace assay::test
