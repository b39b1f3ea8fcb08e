#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "harness/network/load.h"
#include "tests/methods/expect.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"

namespace assay::test {
namespace {

const std::vector<std::string> kRules{"endpoints", "midpoint", "trapezoid"};

/// Convolutions, ReLUs and pooling without a bias: f(a x) = a f(x) for a > 0.
Network homogeneous_network() {
  Toy toy(8, 8);
  const int low = toy.add(Kind::conv, "low", {0}, {.kernel = {3, 3}, .pad = {1, 1, 1, 1}},
                          {normal({6, 3, 3, 3}, 92) * 0.3});
  const int pool = toy.add(Kind::max_pool, "pool", {toy.add(Kind::relu, "low relu", {low})},
                           {.kernel = {2, 2}, .stride = {2, 2}});
  const int high = toy.add(Kind::conv, "high", {pool}, {.kernel = {3, 3}}, {normal({5, 6, 3, 3}, 93) * 0.3});
  const int high_relu = toy.add(Kind::relu, "high relu", {high});
  toy.add(Kind::linear, "logits", {high_relu}, {}, {normal({4, 20}, 94)});
  return toy.network("homogeneous");
}

TEST(InputGradient, EqualsTheInputTimesAutogradOfEveryKind) {
  const Network network = every_kind(true);
  Subject subject = two_images(network);
  for (const Score score : {Score::logit, Score::probability}) {
    const auto method = make("input-gradient", {{"score", name_of(score)}});
    const Tensor raw = method->attribute(subject, kThreeQueries).raw;
    for (std::int64_t q = 0; q < 3; ++q) {
      const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
      const std::vector<Tensor> values = recorded(network, input_of(subject, image));
      const Tensor gradient = recorded_gradient(values, target, 0, score)[0];
      expect_equal_maps(raw[q], values[0].detach()[0] * gradient, 1e-9, std::string(name_of(score)));
    }
  }
  EXPECT_EQ(make("input-gradient")->view().reduce, "sum");
}

TEST(InputGradient, OfAHomogeneousNetworkAddsUpToTheLogitAndIsIntegratedGradients) {
  const Network network = homogeneous_network();
  Subject subject = two_images(network);
  const Tensor raw = make("input-gradient")->attribute(subject, kThreeQueries).raw;
  for (std::int64_t q = 0; q < 3; ++q) {
    const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
    EXPECT_NEAR(raw[q].sum().item<double>(), subject.logits()[image][target].item<double>(), 1e-4) << q;
  }
  // At the baseline itself every ReLU is shut: of n gradients with both ends, one is 0.
  const std::vector<double> shares{4.0 / 5, 1, 1 - 0.5 / 4};
  for (std::size_t r = 0; r < kRules.size(); ++r) {
    const auto method = make("integrated-gradients", {{"steps", 5}, {"rule", kRules[r]}});
    const Attribution found = method->attribute(subject, kThreeQueries);
    expect_equal_maps(found.raw, shares[r] * raw, 1e-5, kRules[r]);
    EXPECT_LE(largest(found.figures.at(0).values - (1 - shares[r])), 1e-5) << kRules[r];
  }
}

TEST(IntegratedGradients, AreExactForALinearNetwork) {
  const Tensor weight = normal({4, 27}, 90);
  const Network network = linear_network(weight);
  Subject subject = two_images(network, 40, 120);
  const std::map<std::string, Tensor> baselines{
      {"zero", at::zeros({2, 3, 3, 3})},
      {"black", network.normalise(at::zeros({2, 3, 3, 3}))},
      {"grey", network.normalise(at::full({2, 3, 3, 3}, 127.5))},
      {"image-mean",
       network.normalise(subject.pixels().mean({2, 3}, true).expand({2, 3, 3, 3}).contiguous())}};
  for (const std::string& rule : kRules)
    for (const auto& [word, from] : baselines) {
      const auto method = make("integrated-gradients", {{"steps", 3}, {"rule", rule}, {"baseline", word}});
      const Attribution found = method->attribute(subject, kThreeQueries);
      for (std::int64_t q = 0; q < 3; ++q) {
        const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
        const Tensor way = input_of(subject, image)[0] - from[image];
        expect_equal_maps(found.raw[q], way * weight[target].view({3, 3, 3}), 1e-5, rule + " " + word);
      }
      ASSERT_EQ(found.figures.size(), 1u);
      EXPECT_EQ(found.figures[0].name, "completeness_gap");
      EXPECT_EQ(found.figures[0].unit, "1");
      EXPECT_LE(largest(found.figures[0].values), 1e-4) << rule << " " << word;
    }
}

/// relu(x) - 2 relu(x - 1), which is 0 at 0 and at 2 and not in between.
TEST(IntegratedGradients, HaveNoGapWhereBothEndsScoreTheSame) {
  Toy toy(1, 1);
  const int units =
      toy.add(Kind::linear, "units", {0}, {}, {single({1, 0, 0, 1, 0, 0}, {2, 3}), single({0, -1}, {2})});
  const int relu = toy.add(Kind::relu, "relu", {units});
  toy.add(Kind::linear, "logits", {relu}, {}, {single({1, -2}, {1, 2})});
  Subject subject(toy.network(), at::full({1, 3, 1, 1}, 2.0), {"one"}, 1, {.batch = 4});
  const std::vector<Query> query{{0, 0}};
  const Attribution found = make("integrated-gradients", {{"steps", 2}})->attribute(subject, query);
  EXPECT_NE(found.raw.sum().item<double>(), 0);
  EXPECT_TRUE(std::isnan(found.figures.at(0).values.item<double>()));
}

TEST(IntegratedGradients, AreCompleteWithManySteps) {
  const Network network = every_kind(false);
  Subject subject = two_images(network);
  for (const std::string& rule : kRules) {
    const auto gaps = [&](int steps) {
      const auto method = make("integrated-gradients", {{"steps", steps}, {"rule", rule}});
      const Attribution found = method->attribute(subject, kThreeQueries);
      for (std::int64_t q = 0; q < 3; ++q) {
        const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
        const Tensor input = input_of(subject, image);
        const Tensor ends = network.to(at::kDouble).forward(at::cat({at::zeros_like(input), input}));
        const double change = (ends[1][target] - ends[0][target]).item<double>();
        const double gap = std::abs(found.raw[q].sum().item<double>() - change) / std::abs(change);
        EXPECT_NEAR(found.figures.at(0).values[q].item<double>(), gap, 1e-4 + 1e-3 * gap) << rule << q;
      }
      return found.figures.at(0).values;
    };
    const Tensor few = gaps(4), many = gaps(1000);
    EXPECT_LE(largest(many), 0.03) << rule;
    EXPECT_GT(largest(few), 10 * largest(many)) << rule;
  }
}

/// The formula point by point with gradients by autograd in double, from a baseline of zeros.
Tensor slow_integral(const Network& network, const Tensor& input, std::int64_t target,
                     const std::string& rule, int steps) {
  const Tensor sum = at::zeros(input.sizes(), at::kDouble);
  double weights = 0;
  for (int j = 0; j < steps; ++j) {
    const bool end = j == 0 || j == steps - 1;
    const double alpha = rule == "midpoint" ? (j + 0.5) / steps : j / (steps - 1.0);
    const double weight = rule == "trapezoid" && end ? 0.5 : 1;
    sum.add_(recorded_gradient(recorded(network, input * alpha), target), weight);
    weights += weight;
  }
  return input.to(at::kDouble) * sum / weights;
}

TEST(IntegratedGradients, EqualAutogradPointByPoint) {
  const Network network = every_kind(true);
  Subject subject = two_images(network);
  for (const std::string& rule : kRules) {
    const auto method = make("integrated-gradients", {{"steps", 11}, {"rule", rule}});
    const Tensor raw = method->attribute(subject, kThreeQueries).raw;
    for (std::int64_t q = 0; q < 3; ++q) {
      const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
      const Tensor expected = slow_integral(network, input_of(subject, image), target, rule, 11)[0];
      expect_equal_maps(raw[q], expected, 1e-4, rule);
    }
  }
}

TEST(IntegratedGradients, EqualAutogradOnANetworkOfThePack) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(pack() + "/models/squeezenet_v1.1");
  Subject subject = two_images(network, 50, 120);
  const std::vector<Query> query{{0, 207}};
  const auto method = make("integrated-gradients", {{"steps", 3}, {"rule", "midpoint"}});
  const Tensor raw = method->attribute(subject, query).raw;
  EXPECT_GE(cosine_of(raw, slow_integral(network, input_of(subject, 0), 207, "midpoint", 3)), 0.9999);
}

TEST(GradientFamily, CostsAndSeedsAreWhatTheySay) {
  const Network network = every_kind(false);
  expect_honest("input-gradient", Json::object(), network);
  for (const std::string& rule : kRules)
    expect_honest("integrated-gradients", {{"steps", 5}, {"rule", rule}}, network);
  EXPECT_EQ(make("integrated-gradients")->price(network).forwards, 128);
  EXPECT_EQ(make("integrated-gradients", {{"rule", "midpoint"}})->price(network).backwards, 130);
}

TEST(GradientFamily, RefusesWhatMakesNoSense) {
  EXPECT_EQ(error_of("integrated-gradients", {{"steps", 0}, {"rule", "midpoint"}}),
            "steps: must be at least 1");
  EXPECT_EQ(error_of("integrated-gradients", {{"steps", 1}}),
            "steps: must be at least 2: both ends are among them; or set rule: midpoint");
  EXPECT_EQ(error_of("integrated-gradients", {{"steps", 1}, {"rule", "midpoint"}}), "");
  EXPECT_EQ(error_of("integrated-gradients", {{"rule", "left"}}),
            "rule: unknown word 'left'; known: endpoints, midpoint, trapezoid");
  EXPECT_EQ(error_of("integrated-gradients", {{"baseline", "white"}}),
            "baseline: unknown word 'white'; known: zero, black, grey, image-mean");
  EXPECT_EQ(error_of("input-gradient", {{"score", "logit-share"}}),
            "score: unknown word 'logit-share'; known: logit, probability");
}

}  // namespace
}  // namespace assay::test
