#include "harness/train/crops.h"

#include <gtest/gtest.h>

#include <set>

#include "harness/core/error.h"
#include "harness/train/minibatch.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"
#include "tests/train/tiny.h"

namespace assay {
namespace {

/// Every pixel says where it is: row in channel 0, column in channel 1.
Tensor coordinates(std::int64_t height, std::int64_t width) {
  const Tensor rows = at::arange(height, at::kByte).unsqueeze(1).expand({height, width});
  const Tensor columns = at::arange(width, at::kByte).unsqueeze(0).expand({height, width});
  return at::stack({rows, columns, at::zeros({height, width}, at::kByte)});
}

TEST(RandomCrop, ReachesEveryPlaceAndNoOther) {
  const Tensor pixels = coordinates(6, 7);
  std::set<std::pair<int, int>> corners;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Tensor crop = random_crop(pixels, 4, 4, {}, seed);
    ASSERT_EQ(crop.sizes(), at::IntArrayRef({3, 4, 4}));
    const int top = crop[0][0][0].item<int>(), left = crop[1][0][0].item<int>();
    EXPECT_TRUE(crop.equal(pixels.narrow(1, top, 4).narrow(2, left, 4).to(at::kFloat)));
    corners.emplace(top, left);
  }
  EXPECT_EQ(corners.size(), 3u * 4u);
}

TEST(RandomCrop, ZoomsWithinTheImage) {
  const Tensor pixels = coordinates(12, 12);
  double narrowest = 12, widest = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Tensor crop = random_crop(pixels, 10, 10, {.zoom = 0.5}, seed);
    ASSERT_EQ(crop.sizes(), at::IntArrayRef({3, 10, 10}));
    const double seen = (crop[1][0][9] - crop[1][0][0]).item<double>();
    narrowest = std::min(narrowest, seen);
    widest = std::max(widest, seen);
  }
  EXPECT_LT(narrowest, 5.5);
  EXPECT_GT(widest, 10);
}

TEST(RandomCrop, StaysWithinTheRangeOfPixels) {
  const Tensor crop = random_crop(test::tiny_views()[0].pixels, 10, 10,
                                  {.brightness = 200, .contrast = 0.5, .colour = 0.5}, 3);
  EXPECT_GE(crop.min().item<float>(), 0);
  EXPECT_LE(crop.max().item<float>(), 255);
}

TEST(FixedCrops, AreTheCentreAndFourAroundIt) {
  const Tensor crops = fixed_crops(coordinates(12, 13), 4, 5);
  ASSERT_EQ(crops.sizes(), at::IntArrayRef({5, 3, 4, 5}));
  const std::vector<std::pair<int, int>> corners{{4, 4}, {2, 2}, {2, 6}, {6, 2}, {6, 6}};
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(crops[i][0][0][0].item<int>(), corners[i].first) << i;
    EXPECT_EQ(crops[i][1][0][0].item<int>(), corners[i].second) << i;
  }
}

TEST(Minibatch, HasOneCropAViewAndSide) {
  const std::vector<TrainingView> views = test::tiny_views();
  const Preprocess input = test::tiny_network(1).preprocess();
  const std::vector<Pair> pairs{{0, 1, true}, {0, 4, false}, {2, 2, true}, {3, 4, false}};
  const Minibatch batch = minibatch_of(pairs, views, input, {}, 9);
  EXPECT_EQ(batch.pixels.sizes(), at::IntArrayRef({6, 3, 12, 12}));  // 0 1' 4' 2 2' 3
  EXPECT_TRUE(batch.labels.equal(at::tensor(std::vector<std::int64_t>{0, 0, 2, 1, 1, 1})));
  EXPECT_TRUE(batch.pairs.first.equal(at::tensor(std::vector<std::int64_t>{0, 0, 3, 5})));
  EXPECT_TRUE(batch.pairs.second.equal(at::tensor(std::vector<std::int64_t>{1, 2, 4, 2})));
  EXPECT_FALSE(batch.pixels[3].equal(batch.pixels[4]));  // a view with itself: two crops
}

TEST(DecodeViews, RefuseAnImageSmallerThanTheCrop) {
  const test::TemporaryFolder folder;
  const std::string file = folder.write("a.pgm", "P5\n4 20\n255\n" + std::string(80, 'x'));
  EXPECT_EQ(test::error_text<DataError>([&] {
              decode_views({{"a", file, {{0, ""}}}}, test::tiny_network(1));
            }),
            file + ": 4 x 20 pixels are too few for crops of 12 x 12");
}

}  // namespace
}  // namespace assay
