#include "harness/train/sgd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/train/floor_network.h"
#include "harness/train/recipe.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::exact;

/// Caffe's update of one number.
struct Scalar {
  double w, v = 0;
  void step(double g, double rate, double momentum, double decay) {
    v = momentum * v + rate * (g + decay * w);
    w -= v;
  }
};

TEST(SgdStep, EqualsTheScalarReference) {
  const SgdSettings settings{
      .base_rate = 0.1, .gamma = 0.5, .step_size = 2, .momentum = 0.9, .weight_decay = 0.01};
  const std::vector<Multipliers> multipliers{{1, 1}, {2, 0}};
  std::vector<Tensor> parameters{exact({1, -2}, {2}), exact({3}, {1})};
  std::vector<Tensor> velocities{at::zeros({2}, at::kDouble), at::zeros({1}, at::kDouble)};
  Scalar a{1}, b{-2}, c{3};
  for (std::int64_t step = 0; step < 5; ++step) {
    const double g = 0.3 * static_cast<double>(step) - 0.5, rate = 0.1 * std::pow(0.5, step / 2);
    sgd_step(parameters, velocities, std::vector<Tensor>{exact({g, 2 * g}, {2}), exact({-g}, {1})},
             multipliers, settings, step);
    a.step(g, rate, 0.9, 0.01);
    b.step(2 * g, rate, 0.9, 0.01);
    c.step(-g, 2 * rate, 0.9, 0);
    EXPECT_NEAR(parameters[0][0].item<double>(), a.w, 1e-12);
    EXPECT_NEAR(parameters[0][1].item<double>(), b.w, 1e-12);
    EXPECT_NEAR(parameters[1][0].item<double>(), c.w, 1e-12);
  }
}

TEST(SgdStep, ShortensLongGradientsTogether) {
  const SgdSettings settings{.base_rate = 1, .gamma = 1, .momentum = 0, .weight_decay = 0, .clip = 2.5};
  const std::vector<Multipliers> multipliers(2);
  std::vector<Tensor> parameters{exact({0}, {1}), exact({0}, {1})},
      velocities{exact({0}, {1}), exact({0}, {1})};
  sgd_step(parameters, velocities, std::vector<Tensor>{exact({3}, {1}), exact({4}, {1})}, multipliers,
           settings, 0);
  EXPECT_NEAR(parameters[0].item<double>(), -1.5, 1e-12);
  EXPECT_NEAR(parameters[1].item<double>(), -2, 1e-12);
}

TEST(RateAt, IsThePublishedStepPolicy) {
  const SgdSettings published = published_recipe().sgd;
  EXPECT_DOUBLE_EQ(rate_at(published, 0), 1e-6);
  EXPECT_DOUBLE_EQ(rate_at(published, 539), 1e-6);
  EXPECT_DOUBLE_EQ(rate_at(published, 540), 0.99e-6);
  EXPECT_DOUBLE_EQ(rate_at(published, 18 * 540), std::pow(0.99, 18) * 1e-6);
}

TEST(Multipliers, AreThePublishedOnes) {
  const Network network = floor_network(floor_widths("small"), {"a", "b"}, 1);
  const std::vector<Multipliers> all = multipliers_of(network, published_recipe());
  ASSERT_EQ(all.size(), 18u);  // nine layers, weights and biases
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool bias = i % 2 == 1, fresh = i >= 14;
    EXPECT_EQ(all[i].rate, fresh ? (bias ? 2000 : 1000) : 1) << i;
    EXPECT_EQ(all[i].decay, 1) << i;
  }
}

TEST(Multipliers, FromScratchAreThoseOfCaffeNet) {
  const Network network = floor_network(floor_widths("small"), {"a", "b"}, 1);
  const std::vector<Multipliers> all = multipliers_of(network, scratch_recipe(128));
  EXPECT_EQ(all[0].rate, 1 / (64.0 * 64));
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i].rate, i % 2 == 1 ? 2 : 1) << i;
    EXPECT_EQ(all[i].decay, i % 2 == 1 ? 0 : 1) << i;
  }
}

}  // namespace
}  // namespace assay
