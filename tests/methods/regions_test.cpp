#include "tests/methods/regions.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/methods/make.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

TEST(Background, IsTheBorderOfTheImage) {
  Tensor image = at::full({3, 12, 14}, 200.0, at::kDouble);
  image.narrow(1, 2, 8).narrow(2, 2, 10).fill_(17);
  const Background border = background({{"band", 2}});
  const Tensor inside = at::zeros({12, 14}, at::kBool);
  const ColourNormal colours = border.colours(image, inside);
  EXPECT_TRUE(at::equal(colours.mean, at::full({3}, 200.0, at::kDouble)));
  EXPECT_EQ(largest(colours.factor), 0);
  EXPECT_TRUE(at::equal(border.draw(colours, 5, 1), at::full({3, 5}, 200.0, at::kDouble)));
  const ColourNormal all = background({{"band", 6}}).colours(image, inside);
  EXPECT_NEAR(all.mean[1].item<double>(), (200 * 88 + 17 * 80) / 168.0, 1e-9);
  const double share = 80 / 168.0;
  EXPECT_NEAR(all.factor[2][2].item<double>(), 183 * std::sqrt(share * (1 - share)), 1e-9);
  EXPECT_EQ(all.factor[2][0].item<double>(), 0);
}

TEST(Background, OrTheRingAroundTheRegion) {
  Tensor image = at::full({3, 12, 14}, 200.0, at::kDouble);
  Tensor region = at::zeros({12, 14}, at::kBool);
  region.narrow(0, 4, 3).narrow(1, 5, 4).fill_(true);
  image.narrow(1, 3, 5).narrow(2, 4, 6).fill_(50);  // one pixel around it
  image.masked_fill_(region, 240);
  const Background ring = background({{"boundary", "region"}, {"band", 1}});
  EXPECT_TRUE(at::equal(ring.colours(image, region).mean, at::full({3}, 50.0, at::kDouble)));
  const Tensor all = at::ones({12, 14}, at::kBool);
  EXPECT_TRUE(at::equal(ring.colours(image, all).mean, at::full({3}, 200.0, at::kDouble)));
}

TEST(Background, DrawsColoursOfTheirCovariance) {
  Tensor image = normal({3, 40, 40}, 3).to(at::kDouble) * 8 + 128;
  image[1] = (image[0] + image[1]) / 2;
  const Tensor colours = image.reshape({3, -1}), none = at::zeros({40, 40}, at::kBool);
  const Tensor centred = colours - colours.mean(1, /*keepdim=*/true);
  const Tensor covariance = centred.matmul(centred.t()) / 1600;
  for (const bool full : {true, false}) {
    const Background whole = background({{"band", 20}, {"covariance", full ? "full" : "diagonal"}});
    const Tensor drawn = whole.draw(whole.colours(image, none), 20'000, 5);
    const Tensor found = (drawn - drawn.mean(1, /*keepdim=*/true)).matmul(drawn.t()) / 20'000;
    const Tensor expected = full ? covariance : at::diag(at::diag(covariance));
    EXPECT_LE(largest(found - expected), 0.05 * largest(expected)) << full;
    EXPECT_GT(largest(covariance - at::diag(at::diag(covariance))), 0.3 * largest(covariance));
  }
  const Background one = background({{"draw", "region"}, {"band", 20}});
  const Tensor drawn = one.draw(one.colours(image, none), 6, 5);
  EXPECT_EQ(drawn.sizes(), (std::vector<std::int64_t>{3, 6}));
  EXPECT_TRUE(at::equal(drawn, drawn.narrow(1, 0, 1).expand({3, 6})));
  const ColourNormal bright{at::full({3}, 250.0, at::kDouble), 40 * at::eye(3, at::kDouble)};
  const Tensor cut = one.draw(bright, 1, 1), many = background(Json::object()).draw(bright, 500, 1);
  EXPECT_LE(cut.max().item<double>(), 255);
  EXPECT_EQ(many.max().item<double>(), 255);
}

TEST(Superpixels, ValuesAreSpreadAndAveraged) {
  const Tensor labels = at::tensor({0, 0, 1, 2, 2, 1}, at::kLong).view({2, 3});
  const Tensor map = exact({1, 3, 5, 7, 9, 2}, {2, 3});
  EXPECT_TRUE(at::equal(region_means(map, labels), exact({2, 3.5, 8}, {3})));
  EXPECT_TRUE(at::equal(spread(exact({4, 5, 6}, {3}), labels), exact({4, 4, 5, 6, 6, 5}, {2, 3})));
  const Tensor mean = fused({labels, labels}, [&](std::size_t t) { return t == 0 ? map : map + 2; });
  EXPECT_TRUE(at::equal(mean, map + 1));
}

TEST(Superpixels, AreThoseOfSlicMadeOnce) {
  Subject subject = scenes_of(scene_network(true), 2);
  const Superpixels two = superpixels({{"scales", {6, 20}}, {"compactness", 20}, {"slic_sigma", 0.5}});
  const std::vector<Tensor>& labels = two.of(subject, 1);
  ASSERT_EQ(labels.size(), 2u);
  EXPECT_TRUE(at::equal(labels[1],
                        slic(subject.pixels()[1], true, {.segments = 20, .compactness = 20, .sigma = 0.5})));
  EXPECT_EQ(&two.of(subject, 1), &labels);
  EXPECT_NE(two.words(), superpixels({{"scales", {6, 21}}}).words());
  EXPECT_EQ(error_of("regional-prediction-difference", {{"scales", {8, 1}}}), "scales: must be at least 2");
  EXPECT_EQ(error_of("regional-prediction-difference", {{"compactness", 0}}),
            "compactness: must be above 0, and finite");
}

}  // namespace
}  // namespace assay::test
