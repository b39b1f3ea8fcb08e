#include "harness/network/lrp_rules.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/network/folded_norms.h"
#include "harness/network/tensor.h"
#include "tests/error_text.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

Tensor passed_down(const Network& network, const Tensor& input, const Tensor& seed, const LrpStep& step) {
  return propagate(network, exact_activations(network, input), seed,
                   lrp_rules({{network.layers()[1].name, step}}), 1, 0);
}

/// The rules as they are written, on the dense matrix of a layer [out,in], its bias [out], and numbers.
class DenseRule {
 public:
  DenseRule(const Layer& layer, const Tensor& input) : x_(input.reshape({-1}).to(at::kDouble)) {
    const std::int64_t n = input.numel();
    const Layer exact = in_double(layer);
    const std::vector<Tensor> basis{
        at::eye(n, at::kDouble).view({n, input.size(1), input.size(2), input.size(3)})};
    const std::vector<Tensor> nothing{at::zeros_like(input, at::kDouble)};
    bias_ = Network::run(exact, nothing).reshape({-1});
    matrix_ = (Network::run(exact, basis).reshape({n, -1}) - bias_.unsqueeze(0)).t().contiguous();
  }

  Tensor operator()(const LrpStep& step, const Tensor& relevance) const {
    const Tensor r = relevance.reshape({-1});
    std::vector<double> down(static_cast<std::size_t>(x_.numel()), 0);
    for (std::int64_t i = 0; i < r.numel(); ++i) pass(step, i, r[i].item<double>(), down);
    return at::tensor(down, at::kDouble);
  }

 private:
  static Layer in_double(Layer layer) {
    for (Parameter& parameter : layer.parameters) parameter.value = parameter.value.to(at::kDouble);
    return layer;
  }

  void pass(const LrpStep& step, std::int64_t i, double relevance, std::vector<double>& down) const {
    std::vector<double> c;
    for (std::int64_t j = 0; j < x_.numel(); ++j) c.push_back(contribution(step, i, j));
    double bias = bias_[i].item<double>(), y = bias;
    for (const double one : c) y += one;
    const auto favour = [&](double value) {
      return (value > 0) == (y > 0) ? value * (1 + step.gamma) : value;
    };
    double total = 0;
    for (double& one : c) {
      if (step.rule == LrpRule::gamma) one = favour(one);
      if (step.rule == LrpRule::z_plus) one = std::max(one, 0.0);
      total += one;
    }
    if (step.rule == LrpRule::gamma) bias = favour(bias);
    if (step.rule == LrpRule::epsilon || step.rule == LrpRule::gamma) {
      total += bias;
      total += total < 0 ? -step.epsilon : step.epsilon;
    }
    if (total == 0) return;
    for (std::size_t j = 0; j < c.size(); ++j) down[j] += c[j] / total * relevance;
  }

  double contribution(const LrpStep& step, std::int64_t i, std::int64_t j) const {
    const double w = matrix_[i][j].item<double>();
    const double plain = x_[j].item<double>() * w;
    if (step.rule != LrpRule::z_box) return plain;
    const double l = step.low.reshape({-1})[j].item<double>(), h = step.high.reshape({-1})[j].item<double>();
    return plain - l * std::max(w, 0.0) - h * std::min(w, 0.0);
  }

  Tensor x_, matrix_, bias_;
};

std::vector<LrpStep> steps_of_every_rule(const Tensor& input) {
  return {{.rule = LrpRule::epsilon, .epsilon = 0.1},
          {.rule = LrpRule::gamma, .epsilon = 0.01, .gamma = 0.7},
          {.rule = LrpRule::z_plus},
          {.rule = LrpRule::z_box, .low = input.abs() * -1 - 0.5, .high = input.abs() + 0.25}};
}

void expect_dense_rules(const Network& network, const Tensor& input) {
  const DenseRule dense(network.layers()[1], input);
  const Tensor seed = normal(network.activations(input).back().sizes(), 9).to(at::kDouble);
  const bool weights = network.layers()[1].kind == Kind::conv || network.layers()[1].kind == Kind::linear;
  for (const LrpStep& step : steps_of_every_rule(input)) {
    if (step.rule == LrpRule::z_box && !weights) continue;
    const Tensor found = passed_down(network, input, seed, step).reshape({-1});
    EXPECT_TRUE(at::allclose(found, dense(step, seed), 1e-9, 1e-12))
        << network.layers()[1].name << " " << static_cast<int>(step.rule);
    EXPECT_GT(largest(found), 0);
  }
}

TEST(LrpRules, EqualTheDenseRules) {
  const Attributes plain{.kernel = {3, 2}, .stride = {1, 2}, .pad = {1, 0, 0, 1}};
  const Attributes grouped{
      .kernel = {2, 2}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .dilation = {2, 1}, .groups = 3};
  for (const std::uint64_t seed : {1u, 2u}) {
    const Tensor input = seed == 1 ? normal({1, 3, 4, 4}, seed) : normal({1, 3, 4, 4}, seed).abs();
    for (const Attributes& a : {plain, grouped}) {
      Toy toy(4, 4);
      toy.add(Kind::conv, "conv", {0}, a,
              {normal({3, 3 / a.groups, a.kernel[0], a.kernel[1]}, 5), normal({3}, 6)});
      expect_dense_rules(toy.network(), input);
    }
    Toy linear(4, 4), bare(4, 4), norm(4, 4), average(4, 4), global(4, 4);
    linear.linear("linear", 0, 48, 5);
    bare.add(Kind::linear, "bare", {0}, {}, {normal({5, 48}, 7)});
    norm.batch_norm("norm", 0, 3, true);
    average.add(Kind::avg_pool, "average", {0}, {.kernel = {2, 2}, .stride = {1, 1}, .pad = {0, 0, 1, 1}});
    global.add(Kind::global_avg_pool, "global", {0});
    for (const Toy* toy : {&linear, &bare, &norm, &average, &global})
      expect_dense_rules(toy->network(), input);
  }
}

TEST(LrpRules, BoxByHand) {
  Toy toy(1, 1);
  toy.add(Kind::linear, "logit", {0}, {}, {single({2.0, -1.0, 3.0}, {1, 3}), single({7.0}, {1})});
  const LrpStep box{.rule = LrpRule::z_box,
                    .low = exact({-1.0, -1.0, -1.0}, {1, 3, 1, 1}),
                    .high = exact({3.0, 3.0, 3.0}, {1, 3, 1, 1})};
  // x w - l w+ - h w- = 2 + 2, -2 + 3, 1.5 + 3; the bias takes no part.
  const Tensor found =
      passed_down(toy.network(), single({1.0, 2.0, 0.5}, {1, 3, 1, 1}), exact({9.5}, {1, 1}), box);
  EXPECT_TRUE(at::allclose(found.view({3}), exact({4.0, 1.0, 4.5}, {3})));
}

TEST(LrpRules, SumsByHand) {
  Toy toy(1, 1);
  const int same = toy.add(Kind::dropout, "same", {0});
  const int turned = toy.add(Kind::batch_norm, "turned", {0}, {.epsilon = 0},
                             {at::ones({3}), single({-3.0, 1.0, 2.0}, {3}), at::zeros({3}), at::ones({3})});
  const int sum = toy.add(Kind::add, "sum", {same, turned});
  const Network network = toy.network();
  const auto activations = exact_activations(network, at::ones({1, 3, 1, 1}));  // 1 + (-2, 2, 3)
  const Tensor seed = at::ones({1, 3, 1, 1}, at::kDouble);
  const auto shares = [&](const LrpStep& step, int stop) {
    return propagate(network, activations, seed, lrp_rules({{"sum", step}}), sum, stop).view({3});
  };
  const LrpStep plain{.rule = LrpRule::epsilon}, plus{.rule = LrpRule::z_plus},
      gamma{.rule = LrpRule::gamma, .gamma = 1};
  EXPECT_TRUE(at::allclose(shares(plain, same), exact({-1.0, 1.0 / 3, 0.25}, {3})));
  EXPECT_TRUE(at::allclose(shares(plain, turned), exact({2.0, 2.0 / 3, 0.75}, {3})));
  EXPECT_TRUE(at::allclose(shares(plus, same), exact({1.0, 1.0 / 3, 0.25}, {3})));
  EXPECT_TRUE(at::allclose(shares(plus, turned), exact({0.0, 2.0 / 3, 0.75}, {3})));
  // -2 twice against 1: -1/3 and 4/3
  EXPECT_TRUE(at::allclose(shares(gamma, same), exact({-1.0 / 3, 1.0 / 3, 0.25}, {3})));
  EXPECT_TRUE(at::allclose(shares(gamma, turned), exact({4.0 / 3, 2.0 / 3, 0.75}, {3})));
}

TEST(LrpRules, RefuseAnOpaqueLayerByName) {
  Toy toy(2, 2);
  toy.opaque("odd", 0, std::make_shared<Swish>());
  const Network network = toy.network();
  const auto activations = exact_activations(network, at::ones({1, 3, 2, 2}));
  EXPECT_EQ(error_text<ConfigError>(
                [&] { propagate(network, activations, activations.back(), lrp_rules({}), 1, 0); }),
            "layer 'odd' (aten::silu): layer-wise relevance propagation has no rule for it");
}

/// Norms behind a convolution and a linear layer, behind a convolution that two read, and behind a sum.
Network norms_everywhere() {
  Toy toy(5, 5);
  const int low = toy.batch_norm("low norm", toy.conv("low", 0, 3, 4, 3), 4, true);
  const int twice = toy.conv("twice", low, 4, 4, 1);
  const int one = toy.batch_norm("one norm", twice, 4, true);
  const int sum = toy.add(Kind::add, "sum", {one, twice});
  const int bare =
      toy.add(Kind::conv, "bare", {toy.batch_norm("sum norm", sum, 4, true)}, {}, {normal({2, 4, 1, 1}, 30)});
  const int high = toy.batch_norm("bare norm", bare, 2, true);
  const int linear = toy.linear("linear", high, 50, 6);
  toy.batch_norm("last norm", linear, 6, true);
  return toy.network();
}

TEST(FoldedNorms, GiveTheSameActivations) {
  const Tensor input = normal({1, 3, 5, 5}, 4);
  const Network network = norms_everywhere();
  const FoldedNorms folded = fold_norms(network);
  const auto expected = exact_activations(folded.network, input);
  const auto found = folded.activations(exact_activations(network, input));
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_LE(largest(found[i] - expected[i]), 1e-12 * (1 + largest(expected[i]))) << i;
  std::vector<std::string> left;
  for (const Layer& layer : folded.network.layers())
    if (layer.kind == Kind::batch_norm) left.push_back(layer.name);
  EXPECT_EQ(left, (std::vector<std::string>{"one norm", "sum norm"}));
}

}  // namespace
}  // namespace assay::test
