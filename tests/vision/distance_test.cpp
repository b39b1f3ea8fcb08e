#include "harness/vision/distance.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/seed.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

Tensor sparse_mask(std::int64_t height, std::int64_t width, std::uint64_t one_in, std::uint64_t seed) {
  Random random(seed);
  const Tensor mask = at::zeros({height, width}, at::kBool);
  auto to = mask.accessor<bool, 2>();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x) to[y][x] = random.below(one_in) == 0;
  return mask;
}

double slow_nearest(const Tensor& mask, std::int64_t y, std::int64_t x, double scale_y, double scale_x) {
  const auto object = mask.accessor<bool, 2>();
  double nearest = std::numeric_limits<double>::infinity();
  for (std::int64_t v = 0; v < mask.size(0); ++v)
    for (std::int64_t u = 0; u < mask.size(1); ++u)
      if (object[v][u])
        nearest = std::min(
            nearest, std::hypot(scale_y * static_cast<double>(y - v), scale_x * static_cast<double>(x - u)));
  return nearest;
}

TEST(SquaredDistance, EqualsTheSearchOverAllPixels) {
  for (const std::uint64_t one_in : {2, 10, 30})
    for (const auto& [scale_y, scale_x] : {std::pair(1.0, 1.0), std::pair(2.5, 0.75)}) {
      const Tensor mask = sparse_mask(13, 17, one_in, one_in);
      ASSERT_TRUE(mask.any().item<bool>());
      const Tensor squared = squared_distance(mask, scale_y, scale_x);
      for (std::int64_t y = 0; y < 13; ++y)
        for (std::int64_t x = 0; x < 17; ++x)
          EXPECT_NEAR(std::sqrt(squared[y][x].item<double>()), slow_nearest(mask, y, x, scale_y, scale_x),
                      1e-12);
    }
}

TEST(SquaredDistance, IsZeroOnTheMaskAndInfiniteWithoutOne) {
  const Tensor mask = sparse_mask(6, 5, 3, 1);
  EXPECT_TRUE(at::equal(squared_distance(mask, 2, 3) == 0, mask));
  EXPECT_TRUE(squared_distance(at::zeros({4, 3}, at::kBool), 1, 1).isinf().all().item<bool>());
}

TEST(SquaredDistance, OfOnePixelIsACone) {
  const Tensor mask = at::zeros({9, 9}, at::kBool);
  mask[4][2].fill_(true);
  const Tensor squared = squared_distance(mask, 5, 3);
  EXPECT_EQ(squared[1][2].item<double>(), 225);  // three rows of 5
  EXPECT_EQ(squared[4][7].item<double>(), 225);  // five columns of 3
  EXPECT_EQ(squared[8][7].item<double>(), 625);  // 20 and 15
}

}  // namespace
}  // namespace assay
