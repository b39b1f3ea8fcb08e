#include <gtest/gtest.h>

#include "harness/figures/panel.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

const at::TensorOptions kPicture = at::TensorOptions().dtype(at::kByte);

Tensor brightness(const Tensor& picture) {
  return picture.to(at::kDouble).mul(at::tensor({0.2126, 0.7152, 0.0722}, at::kDouble)).sum(2);
}

TEST(PictureOf, TurnsPlanesIntoRgbPixelsRoundedAndClamped) {
  const Tensor pixels = at::tensor({-3.0, 0.4, 10.0, 127.5, 254.6, 300.0}).view({3, 1, 2});
  const Tensor rgb = picture_of(pixels, false);
  EXPECT_TRUE(at::equal(rgb, at::tensor({0, 10, 255, 0, 128, 255}, kPicture).view({1, 2, 3}))) << rgb;
  EXPECT_TRUE(at::equal(picture_of(pixels, true), rgb.flip({2})));
}

TEST(HeatOverlay, GetsLighterWithTheValueWhateverThePicture) {
  const Tensor map = at::linspace(0, 1, 64).view({8, 8});
  const Tensor grey = at::full({8, 8, 3}, 90, kPicture);
  const Tensor light = brightness(heat_overlay(grey, map)).flatten();
  EXPECT_GT((light.slice(0, 1) - light.slice(0, 0, -1)).min().item<double>(), -1.0);  // rounding of 8 bits
  EXPECT_GT((light[63] - light[0]).item<double>(), 100);
}

TEST(HeatOverlay, OpacityBlendsColoursWithTheGreyPicture) {
  const Tensor picture = at::randint(0, 256, {8, 8, 3}, kPicture), map = at::zeros({8, 8});
  const Tensor transparent = heat_overlay(picture, map, 0);
  EXPECT_TRUE(at::equal(transparent.select(2, 0), transparent.select(2, 2)));
  EXPECT_LT(brightness(heat_overlay(picture, map, 1)).max().item<double>(), 5);
  EXPECT_TRUE(at::equal(heat_overlay(picture, at::full({8, 8}, NAN)), heat_overlay(picture, map)));
}

TEST(MaskOverlay, KeepsTheInsideDimsTheOutsideAndDrawsTheEdge) {
  const Tensor picture = at::full({130, 140, 3}, 200, kPicture);
  Tensor mask = at::zeros({130, 140}, at::kBool);
  mask.slice(0, 30, 80).slice(1, 0, 60).fill_(true);  // touches the left border
  const Tensor overlay = mask_overlay(picture, mask).to(at::kInt);
  ASSERT_EQ(overlay.sizes(), picture.sizes());
  const auto at = [&](int y, int x) {
    return overlay[y][x][2].item<int>();
  };  // blue tells the line from white
  EXPECT_EQ(at(50, 20), 200);
  EXPECT_EQ(at(50, 0), 200) << "the picture's border is no edge";
  EXPECT_EQ(at(100, 100), 60);
  EXPECT_EQ(at(29, 30), 60) << "the line lies inside the mask";
  for (const auto& [y, x] : {std::pair{30, 20}, {79, 20}, {50, 59}, {30, 0}})
    EXPECT_EQ(at(y, x), 10) << y << " " << x;
}

TEST(MaskOverlay, FullAndEmptyMasksHaveNoEdge) {
  const Tensor picture = at::randint(0, 256, {130, 128, 3}, kPicture);
  EXPECT_TRUE(at::equal(mask_overlay(picture, at::ones({130, 128}, at::kBool)), picture));
  const Tensor dimmed = mask_overlay(picture, at::zeros({130, 128}, at::kBool)).to(at::kDouble);
  EXPECT_LE((dimmed - picture.to(at::kDouble) * 0.3).abs().max().item<double>(), 0.51);
}

TEST(MaskOverlay, SmallPicturesAreEnlargedSoThatTheLineIsThin) {
  const Tensor picture = at::randint(0, 256, {32, 40, 3}, kPicture);
  Tensor mask = at::zeros({32, 40}, at::kBool);
  mask[5][7] = true;
  const Tensor overlay = mask_overlay(picture, mask);
  ASSERT_EQ(overlay.size(0), 256);
  ASSERT_EQ(overlay.size(1), 320);
  const Tensor pixel = overlay.slice(0, 41, 47).slice(1, 57, 63);  // 8 x 8 px, without the line
  EXPECT_TRUE(at::equal(pixel, picture[5][7].expand_as(pixel)));
}

}  // namespace
}  // namespace assay
