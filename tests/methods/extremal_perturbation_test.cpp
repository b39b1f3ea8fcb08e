#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/network/tensor.h"
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
