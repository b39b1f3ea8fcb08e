#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/smooth_mask.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

/// m(u) as its formula reads, node by node.
Tensor slow_mask(const Tensor& nodes, std::int64_t spacing, double radius, std::int64_t height,
                 std::int64_t width) {
  const std::int64_t rows = nodes.size(0), columns = nodes.size(1);
  const auto reach = 1 + static_cast<std::int64_t>(std::ceil(radius / static_cast<double>(spacing)));
  Tensor mask = at::zeros({height, width}, at::kDouble);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) {
      double above = 0, below = 0;
      for (std::int64_t r = y / spacing - reach; r <= y / spacing + reach; ++r)
        for (std::int64_t c = x / spacing - reach; c <= x / spacing + reach; ++c) {
          const double dy = static_cast<double>(y) + 0.5 - (static_cast<double>(r) + 0.5) * spacing;
          const double dx = static_cast<double>(x) + 0.5 - (static_cast<double>(c) + 0.5) * spacing;
          const double beyond = std::max(std::hypot(dy, dx) / radius - 0.5, 0.0);
          const double n =
              nodes[std::clamp<std::int64_t>(r, 0, rows - 1)][std::clamp<std::int64_t>(c, 0, columns - 1)]
                  .item<double>();
          const double f = n * std::exp(-2 * beyond * beyond);
          above += f * std::exp(20 * f);
          below += std::exp(20 * f);
        }
      mask[y][x] = above / below;
    }
  return mask;
}

TEST(SmoothMask, EqualsItsFormula) {
  const Tensor nodes = normal({2, 4, 3}, 60).abs().clamp_max(1).to(at::kDouble);
  for (const double radius : {2.0, 4.5}) {
    const Tensor masks = smooth_mask(nodes, 3, radius, 11, 8);
    ASSERT_EQ(masks.sizes(), (std::vector<std::int64_t>{2, 11, 8}));
    for (std::int64_t a = 0; a < 2; ++a)
      EXPECT_TRUE(at::allclose(masks[a], slow_mask(nodes[a], 3, radius, 11, 8), 1e-9, 1e-12));
  }
}

TEST(SmoothMask, ANodeMakesADisc) {
  const Tensor nodes = at::zeros({1, 9, 9}, at::kDouble);
  nodes[0][4][4] = 1;
  const Tensor mask = smooth_mask(nodes, 3, 12, 27, 27)[0];
  EXPECT_GT(mask[13][13].item<double>(), 0.99);
  EXPECT_GT(mask[13][18].item<double>(), 0.99);  // within half the radius
  EXPECT_LT(mask[13][22].item<double>(), mask[13][20].item<double>());
  EXPECT_TRUE(at::allclose(mask, mask.t()));
}

constexpr std::int64_t kWide = 16, kSpot = 5;

/// Class 1 adds up what is bright in the upper left corner; class 0 in the lower right one.
Network corner_network() {
  Toy toy(kWide, kWide);
  const Tensor weight = at::zeros({2, 3, kWide, kWide});
  weight[1].slice(1, 0, kSpot).slice(2, 0, kSpot).fill_(0.05);
  weight[0].slice(1, kWide - kSpot).slice(2, kWide - kSpot).fill_(0.05);
  toy.add(Kind::linear, "logits", {0}, {}, {weight.view({2, -1})});
  toy.preprocess().mean = {50, 50, 50};
  toy.preprocess().std = {50, 50, 50};
  return toy.network("corners");
}

Subject two_spots(const Network& network) {
  const Tensor pixels = at::full({1, 3, kWide, kWide}, 20.0);
  for (const std::int64_t first : {std::int64_t{0}, kWide - kSpot})
    pixels.slice(2, first, first + kSpot).slice(3, first, first + kSpot).fill_(240);
  return Subject(network, pixels, {"spots"}, 1, {.batch = 8});
}

Json quick_search(const char* optimiser, const char* precision) {
  return {{"areas", {0.06, 0.09}},
          {"steps", 150},
          {"spacing", 2},
          {"radius", 2},
          {"blur", 6},
          {"rate", 0.02},
          {"optimiser", optimiser},
          {"precision", precision},
          {"weight", 100}};
}

TEST(ExtremalPerturbation, FindsThePlantedPixels) {
  const Network network = corner_network();
  Subject subject = two_spots(network);
  const std::vector<Query> queries{{0, 1}, {0, 0}};
  for (const char* optimiser : {"sgd", "adam"})
    for (const char* precision : {"double", "single"}) {
      const Tensor maps =
          make("extremal-perturbation", quick_search(optimiser, precision))->attribute(subject, queries).raw;
      ASSERT_EQ(maps.sizes(), (std::vector<std::int64_t>{2, 1, kWide, kWide}));
      const Tensor upper = maps[0][0].slice(0, 0, kSpot).slice(1, 0, kSpot);
      const Tensor lower = maps[1][0].slice(0, kWide - kSpot).slice(1, kWide - kSpot);
      for (const auto& [map, own] : {std::pair(maps[0][0], upper), std::pair(maps[1][0], lower)}) {
        EXPECT_GT((own.sum() / map.sum()).item<double>(), 0.7) << optimiser << precision;
        EXPECT_GT(own.mean().item<double>(), 1) << optimiser << precision;  // of two masks
      }
    }
}

TEST(ExtremalPerturbation, MasksTakeTheirAreas) {
  const Network network = corner_network();
  Subject subject = two_spots(network);
  const std::vector<Query> query{{0, 1}};
  for (const double area : {0.1, 0.3, 0.6}) {
    Json settings = quick_search("sgd", "double");
    settings["areas"] = {area};
    const Tensor mask = make("extremal-perturbation", settings)->attribute(subject, query).raw;
    EXPECT_NEAR(mask.mean().item<double>(), area, 0.06);
    EXPECT_GE(mask.min().item<double>(), 0);
    EXPECT_LE(mask.max().item<double>(), 1);
  }
}

/// Two classes with weights of no symmetry.
Network crooked_network() {
  Toy toy(kWide, kWide);
  toy.add(Kind::linear, "logits", {0}, {}, {normal({2, 3 * kWide * kWide}, 61) * 0.2});
  toy.preprocess().mean = {120, 110, 100};
  toy.preprocess().std = {50, 60, 70};
  return toy.network("crooked");
}

/// r_a of each place of a mask [P]: zeros, then ones, by rank; places of equal value share theirs.
Tensor wanted_of(const Tensor& mask, std::int64_t shown) {
  const std::int64_t places = mask.size(0);
  Tensor wanted = at::empty({places}, at::kDouble);
  for (std::int64_t i = 0; i < places; ++i) {
    const std::int64_t below = (mask < mask[i]).sum().item<std::int64_t>();
    const std::int64_t equal = (mask == mask[i]).sum().item<std::int64_t>();
    const std::int64_t ones = std::clamp<std::int64_t>(below + equal - (places - shown), 0, equal);
    wanted[i] = static_cast<double>(ones) / static_cast<double>(equal);
  }
  return wanted;
}

/// lambda mean (m - r)^2 - f(m x + (1 - m) x_blur) in one graph, for one area.
Tensor objective(const Tensor& nodes, const Network& network, const Tensor& pixels, double lambda) {
  const Network exact = network.to(at::kDouble);
  const Tensor mask = smooth_mask(nodes, 2, 3, kWide, kWide)[0];
  const Tensor blurred = network.normalise(gaussian_blur(pixels, 4)).to(at::kDouble);
  const Tensor image = network.normalise(pixels).to(at::kDouble);
  const Tensor input = mask * image + (1 - mask) * blurred;
  const Tensor logits = Network::run(exact.layers()[1], {&input, 1});
  const Tensor flat = mask.reshape({-1});
  return lambda * (flat - wanted_of(flat.detach(), 51)).square().mean() - logits[0][1];  // 51: 0.2 of 256
}

/// m after three steps of SGD as the head of the method writes them.
TEST(ExtremalPerturbation, StepsFollowTheGradientOfTheObjective) {
  const Network network = crooked_network();
  const Tensor pixels = (normal({1, 3, kWide, kWide}, 62) * 60 + 120).clamp(0, 255);
  Tensor nodes = at::ones({1, kWide / 2, kWide / 2}, at::kDouble), velocity;
  for (int t = 0; t < 3; ++t) {
    const at::AutoGradMode record(true);
    const Tensor leaf = nodes.detach().clone().requires_grad_();
    const Tensor loss = objective(leaf, network, pixels, 40 * std::pow(1.1, t));
    const Tensor gradient = torch::autograd::grad({loss}, {leaf})[0];
    velocity = t == 0 ? gradient : 0.8 * velocity + 0.2 * gradient;
    nodes = (nodes - 0.05 * velocity).clamp(0, 1).detach();
  }
  Subject subject(network, pixels, {"one"}, 1, {.batch = 8});
  const std::vector<Query> query{{0, 1}};
  const Json settings{{"areas", {0.2}}, {"steps", 3},    {"spacing", 2}, {"radius", 3},    {"blur", 4},
                      {"weight", 40},   {"growth", 1.1}, {"rate", 0.05}, {"momentum", 0.8}};
  const Tensor found = make("extremal-perturbation", settings)->attribute(subject, query).raw[0][0];
  const Tensor expected = smooth_mask(nodes, 2, 3, kWide, kWide)[0];
  EXPECT_TRUE(at::allclose(found, expected, 1e-9, 1e-10));
  EXPECT_GT(at::logical_and(nodes > 0, nodes < 1).sum().item<std::int64_t>(), 8);
}

TEST(ExtremalPerturbation, RefusesWhatMakesNoSense) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const char* key : {"radius", "blur", "rate", "growth"})
    for (const double value : {0.0, infinite})
      EXPECT_EQ(error_of("extremal-perturbation", {{key, value}}),
                std::string(key) + ": must be above 0, and finite");
  EXPECT_EQ(error_of("extremal-perturbation", {{"weight", -1}}), "weight: must be at least 0, and finite");
  EXPECT_EQ(error_of("extremal-perturbation", {{"growth", 4}}),
            "growth: makes the weight infinite before the last step");
}

TEST(ExtremalPerturbation, CostsWhatItSays) {
  const Network network = corner_network();
  Subject subject = two_spots(network);
  subject.bill();
  const std::vector<Query> query{{0, 1}};
  Json settings = quick_search("sgd", "single");
  settings["steps"] = 3;
  const auto method = make("extremal-perturbation", settings);
  const Tensor first = method->attribute(subject, query).raw;
  const Cost cost = subject.bill(), price = method->price(network);
  EXPECT_EQ(cost.forwards, 6);
  EXPECT_EQ(price.forwards, 6);
  EXPECT_EQ(cost.backwards, price.backwards);
  EXPECT_EQ(cost.work, price.work);
  EXPECT_TRUE(at::equal(method->attribute(subject, query).raw, first));
  EXPECT_FALSE(method->uses_seed());
  EXPECT_EQ(error_of("extremal-perturbation", {{"areas", {0.1, 1.5}}}), "areas: must lie between 0 and 1");
}

}  // namespace
}  // namespace assay::test
