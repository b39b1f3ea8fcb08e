#include "metrics/imputation.h"
#include "metrics/noise.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::expect_near;
using test::kToySide;
using test::metric_named;
using test::observed_by;
using test::toy_subject;

/// Scores on the image without its first pixels, image by image.
std::vector<std::vector<double>> slow_road(const Subject& subject, const Query& query,
                                           const std::vector<std::int64_t>& places,
                                           const std::vector<std::int64_t>& points, double noise) {
  const Tensor image = subject.pixels()[query.image];
  const Tensor grain =
      normal_noise({3, kToySide, kToySide}, mix_seed(subject.seed(query.image), "road")) * (255 * noise);
  std::vector<std::vector<double>> curves(3);
  for (const std::int64_t point : points) {
    const Tensor removed = at::zeros({kToySide, kToySide}, at::kBool);
    for (std::int64_t i = 0; i < point; ++i)
      removed[places[static_cast<std::size_t>(i)] / kToySide][places[static_cast<std::size_t>(i)] % kToySide]
          .fill_(true);
    const Tensor filled = Imputer(image).impute(removed);
    const Tensor whole = at::where(removed, filled + grain, filled);
    const Tensor logits = subject.network().forward(subject.network().normalise(whole.unsqueeze(0)));
    const auto [probability, logit] = test::scores_on_whole(subject.network(), whole, query.target);
    curves[0].push_back(probability);
    curves[1].push_back(logit);
    curves[2].push_back(logits[0].argmax().item<std::int64_t>() == query.target);
  }
  return curves;
}

TEST(Road, EqualsImputingImageByImage) {
  Subject subject = toy_subject(2);
  const Explanation maps = test::signed_explanation(subject, 12);
  for (const double noise : {0.0, 0.05}) {
    const auto records =
        observed_by(*metric_named("road", {{"shares", {0.7, 0.25}}, {"noise", noise}}), subject, maps);
    const std::vector<std::int64_t> points{0, 49, 137};
    for (std::size_t i = 0; i < 2; ++i) {
      const Query& query = maps.queries[i];
      ASSERT_EQ(records[i].curves.size(), 7u);
      for (const bool highest : {true, false}) {
        const auto places = test::sorted_places(maps.maps[0][query.image], highest);
        const auto wanted = slow_road(subject, query, places, points, noise);
        for (std::size_t c = 0; c < 3; ++c)
          expect_near(records[i].curves[(highest ? 0 : 3) + c], wanted[c], 1e-4);
      }
      EXPECT_EQ(records[i].curves[6], std::vector<double>(points.begin(), points.end()));
      EXPECT_EQ(records[i].curves[2].front(), 1);  // the predicted class
      EXPECT_EQ(records[i].cost.forwards, 5);      // the image, and two points of each order
    }
  }
}

TEST(Road, NormalNoiseIsNormal) {
  const Tensor noise = normal_noise({20000}, 3).to(at::kDouble);
  EXPECT_NEAR(noise.mean().item<double>(), 0, 0.03);
  EXPECT_NEAR(noise.square().mean().item<double>(), 1, 0.04);
  EXPECT_NEAR((noise.abs() < 1).to(at::kDouble).mean().item<double>(), 0.6827, 0.015);
  EXPECT_TRUE(at::equal(normal_noise({20000}, 3), noise.to(at::kFloat)));
  EXPECT_FALSE(at::equal(normal_noise({20000}, 4), noise.to(at::kFloat)));
}

TEST(Road, BadParametersAreNamed) {
  EXPECT_THROW(metric_named("road", {{"shares", {0.5, 1.0}}}), ConfigError);
  EXPECT_THROW(metric_named("road", {{"noise", -1.0}}), ConfigError);
  EXPECT_FALSE(metric_named("road", {{"noise", 0}})->uses_seed({{"noise", 0.0}}));
}

}  // namespace
}  // namespace assay
