#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

/// Few different values: many ties.
Tensor plateaus(std::int64_t height, std::int64_t width, std::uint64_t seed) {
  Random random(seed);
  const Tensor map = at::empty({height, width});
  auto to = map.accessor<float, 2>();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) to[y][x] = 0.25f * static_cast<float>(random.below(4));
  return map;
}

std::vector<bool> slow_top_mask(const Tensor& map, double rho) {
  const Tensor flat = map.flatten().contiguous();
  const auto value = flat.accessor<float, 1>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(flat.numel()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return value[a] > value[b] || (value[a] == value[b] && a < b);
  });
  std::vector<bool> mask(order.size());
  const auto count = static_cast<std::size_t>(std::floor(rho * static_cast<double>(order.size()) + 0.5));
  for (std::size_t i = 0; i < count; ++i) mask[static_cast<std::size_t>(order[i])] = true;
  return mask;
}

std::vector<bool> bits(const Tensor& mask) {
  const Tensor flat = mask.flatten().contiguous();
  const bool* first = flat.data_ptr<bool>();
  return std::vector<bool>(first, first + flat.numel());
}

TEST(TopMask, TakesExactlyRhoNUnderTiesInRowMajorOrder) {
  for (const double rho : {0.0, 0.01, 0.05, 0.25, 0.5, 0.777, 1.0}) {
    const Tensor map = plateaus(31, 23, 5);
    const Tensor mask = top_mask(map, rho);
    EXPECT_EQ(mask.scalar_type(), at::kBool);
    EXPECT_EQ(mask.sum().item<std::int64_t>(), static_cast<std::int64_t>(std::floor(rho * 31 * 23 + 0.5)));
    EXPECT_EQ(bits(mask), slow_top_mask(map, rho));
  }
}

TEST(TopMask, ConstantMapGivesTheFirstPixels) {
  const Tensor mask = top_mask(at::full({4, 5}, 0.5), 0.3);
  EXPECT_EQ(bits(mask), slow_top_mask(at::full({4, 5}, 0.5), 0.3));
  EXPECT_TRUE(mask[0].all().item<bool>());
  EXPECT_EQ(mask.sum().item<std::int64_t>(), 6);
}

TEST(TopMask, RoundsHalfUp) {
  EXPECT_EQ(top_mask(at::rand({1, 10}), 0.25).sum().item<std::int64_t>(), 3);
  EXPECT_EQ(top_mask(at::rand({227, 227}), 0.05).sum().item<std::int64_t>(), 2576);  // papers.md 8.3 item 23
  EXPECT_EQ(top_mask(at::rand({227, 227}), 0.25).sum().item<std::int64_t>(), 12882);
}

TEST(TopMaskRandomTies, DiffersFromRowMajorOnlyAmongTies) {
  const Tensor map = plateaus(31, 23, 5);
  const Tensor first = top_mask_random_ties(map, 0.3, 1);
  const Tensor row_major = top_mask(map, 0.3);
  EXPECT_EQ(first.sum().item<std::int64_t>(), row_major.sum().item<std::int64_t>());
  EXPECT_TRUE(at::equal(std::get<0>(map.masked_select(first).sort()),
                        std::get<0>(map.masked_select(row_major).sort())));
  EXPECT_FALSE(at::equal(first, row_major));
  EXPECT_TRUE(at::equal(first, top_mask_random_ties(map, 0.3, 1)));
  EXPECT_FALSE(at::equal(first, top_mask_random_ties(map, 0.3, 2)));
}

TEST(TopMaskRandomTies, EveryTiedPixelIsEquallyLikely) {
  const Tensor map = at::zeros({2, 5});
  Tensor hits = at::zeros({2, 5});
  for (std::uint64_t seed = 0; seed < 2000; ++seed)
    hits += top_mask_random_ties(map, 0.3, seed).to(at::kFloat);
  EXPECT_EQ(hits.sum().item<float>(), 6000);
  EXPECT_GT(hits.min().item<float>(), 520);  // mean 600, standard deviation 20.5
  EXPECT_LT(hits.max().item<float>(), 680);
}

TEST(AuthorsMask, HoldsAtLeastTheTopTenPercentAndAllTies) {
  const Tensor ramp = at::arange(100, at::kFloat).view({10, 10});
  EXPECT_EQ(authors_mask(ramp, 0.25).sum().item<std::int64_t>(), 25);
  EXPECT_EQ(authors_mask(ramp, 0.05).sum().item<std::int64_t>(), 10);  // "5 %" is the top 10 %
  EXPECT_EQ(authors_mask(ramp, 1.0).sum().item<std::int64_t>(), 100);
  EXPECT_EQ(authors_mask(at::ones({10, 10}), 0.05).sum().item<std::int64_t>(), 100);
  const Tensor tied = at::clamp_min(ramp, 80);  // 81 pixels share the lowest value
  EXPECT_EQ(authors_mask(tied, 0.25).sum().item<std::int64_t>(), 100);
  EXPECT_EQ(authors_mask(tied, 0.1).sum().item<std::int64_t>(), 10);
}

}  // namespace
}  // namespace assay
