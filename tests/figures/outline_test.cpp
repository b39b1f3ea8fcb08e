#include <gmock/gmock.h>

#include "harness/figures/panel.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

const at::TensorOptions kGrey = at::TensorOptions().dtype(at::kByte);

/// A square of 20 x 20 in a corner-free place.
Tensor square(std::int64_t side) {
  Tensor region = at::zeros({side, side}, at::kBool);
  region.slice(0, 10, 30).slice(1, 10, 30).fill_(true);
  return region;
}

Tensor changed(const Tensor& before, const Tensor& after) {
  return (before != after).any(2);
}

TEST(Outline, IsOnThePixelsOutsideThatTouchTheRegion) {
  const Tensor picture = at::full({140, 140, 3}, 90, kGrey), region = square(140);
  const Tensor line = changed(picture, outlined(picture, region));
  EXPECT_EQ(line.sum().item<int>(), 4 * 20);
  EXPECT_FALSE((line & region).any().item<bool>());
  EXPECT_TRUE(line[9][10].item<bool>());
  EXPECT_TRUE(line[29][30].item<bool>());
}

TEST(Outline, TheBorderOfThePictureIsNoOutline) {
  const Tensor picture = at::full({140, 140, 3}, 90, kGrey);
  EXPECT_TRUE(at::equal(outlined(picture, at::ones({140, 140}, at::kBool)), picture));
  EXPECT_TRUE(at::equal(outlined(picture, at::zeros({140, 140}, at::kBool)), picture));
}

TEST(Outline, SmallPicturesAreEnlargedAndThoseThatAreNotAgain) {
  const Tensor picture = at::full({32, 32, 3}, 90, kGrey), region = square(32);
  const Tensor large = outlined(picture, region);
  EXPECT_THAT(large.sizes(), testing::ElementsAre(256, 256, 3));
  const Tensor line = changed(at::full_like(large, 90), large);
  EXPECT_EQ(line.sum().item<int>(), 4 * 20 * 8);  // one pixel thin
  const Tensor masked = mask_overlay(picture, at::zeros({32, 32}, at::kBool));
  EXPECT_TRUE(at::equal(changed(masked, outlined(masked, region)), line));
}

}  // namespace
}  // namespace assay
