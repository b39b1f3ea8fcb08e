#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/methods/expect.h"
#include "tests/network/every_kind.h"

namespace assay::test {
namespace {

/// Logits_c = sum_i weight_c,i x_i^2.
class Squared : public Swish {
 public:
  std::string name() const override { return "aten::square"; }
  Tensor run(std::span<const Tensor> inputs) const override { return inputs[0] * inputs[0]; }
  std::shared_ptr<const OpaqueOperator> to(at::Device, at::ScalarType) const override {
    return std::make_shared<Squared>();
  }
};

Network quadratic_network(const Tensor& weight) {
  Toy toy(3, 3);
  toy.add(Kind::linear, "logits", {toy.opaque("square", 0, std::make_shared<Squared>())}, {}, {weight});
  return toy.network("quadratic");
}

TEST(SmoothGrad, OfALinearNetworkIsItsWeights) {
  const Tensor weight = normal({4, 27}, 90);
  Subject subject = two_images(linear_network(weight), 40, 120);
  const auto raw = [&](const char* moment) {
    return make("smooth-grad", {{"moment", moment}, {"samples", 7}})->attribute(subject, kThreeQueries).raw;
  };
  for (std::int64_t q = 0; q < 3; ++q) {
    const Tensor row = weight[kThreeQueries[static_cast<std::size_t>(q)].target].view({3, 3, 3});
    expect_equal_maps(raw("mean")[q], row, 1e-6, "mean");
    expect_equal_maps(raw("square")[q], row.square(), 1e-6, "square");
  }
  EXPECT_LE(largest(raw("var")), 1e-12);
}

TEST(SmoothGrad, WithoutNoiseIsTheGradient) {
  const Network network = every_kind(true);
  Subject subject = two_images(network);
  for (const char* score : {"logit", "probability"}) {
    const Tensor gradient = make("grad", {{"score", score}})->attribute(subject, kThreeQueries).raw;
    const auto raw = [&](const char* moment) {
      const Json settings{{"moment", moment}, {"samples", 3}, {"noise", 0}, {"score", score}};
      return make("smooth-grad", settings)->attribute(subject, kThreeQueries).raw;
    };
    expect_equal_maps(raw("mean"), gradient, 1e-4, score);
    expect_equal_maps(raw("square"), gradient.square(), 1e-4, score);
    EXPECT_LE(largest(raw("var")), 1e-12) << score;
  }
}

/// d/dx of sum w x^2 is 2 w x: under noise of deviation sigma its mean stays and its variance is 4 w^2
/// sigma^2.
TEST(SmoothGrad, OfAQuadraticNetworkInClosedForm) {
  const Tensor weight = normal({4, 27}, 95);
  const Network network = quadratic_network(weight);
  Subject subject = two_images(network);
  const std::vector<Query> query{{1, 2}};
  const double noise = 0.25, samples = 3000;
  const auto raw = [&](const char* moment) {
    const Json settings{{"moment", moment}, {"samples", 3000}, {"noise", noise}};
    return make("smooth-grad", settings)->attribute(subject, query).raw[0];
  };
  const Tensor x = input_of(subject, 1)[0].to(at::kDouble), w = weight[2].view({3, 3, 3}).to(at::kDouble);
  const double sigma = noise * (x.max() - x.min()).item<double>();
  const Tensor mean = raw("mean"), square = raw("square"), var = raw("var");
  const Tensor deviation = 2 * w.abs() * sigma;
  EXPECT_LE(largest((mean - 2 * w * x) / deviation), 4.5 / std::sqrt(samples));
  EXPECT_NEAR((var / deviation.square()).mean().item<double>(), 1, 0.03);
  EXPECT_TRUE(at::allclose(square, var + mean.square(), 1e-9));
}

TEST(SmoothGrad, ClassesOfAnImageShareTheirNoise) {
  const Tensor weight = normal({1, 27}, 96).expand({4, 27}).contiguous();  // four classes that are one
  Subject subject = two_images(quadratic_network(weight));
  const Tensor raw = make("smooth-grad", {{"samples", 2}})->attribute(subject, kThreeQueries).raw;
  EXPECT_TRUE(at::equal(raw[0], raw[2]));
  const Tensor plain = make("grad", {{"score", "logit"}})->attribute(subject, kThreeQueries).raw;
  EXPECT_GT(largest(raw[0] - plain[0]), 1e-3);
}

TEST(SmoothGrad, CostsAndSeedsAreWhatItSays) {
  const Network network = every_kind(false);
  for (const char* moment : {"mean", "square", "var"})
    expect_honest("smooth-grad", {{"samples", 5}, {"moment", moment}}, network);
  EXPECT_EQ(make("smooth-grad")->price(network).forwards, 50);
  EXPECT_EQ(make("smooth-grad")->view().reduce, "max-abs");
}

TEST(SmoothGrad, RefusesWhatMakesNoSense) {
  EXPECT_EQ(error_of("smooth-grad", {{"samples", 0}}), "samples: must be at least 1");
  for (const double noise : {-0.1, std::numeric_limits<double>::infinity()})
    EXPECT_EQ(error_of("smooth-grad", {{"noise", noise}}), "noise: must be at least 0, and finite");
  EXPECT_EQ(error_of("smooth-grad", {{"moment", "median"}}),
            "moment: unknown word 'median'; known: mean, square, var");
}

}  // namespace
}  // namespace assay::test
