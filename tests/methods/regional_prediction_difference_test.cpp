#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/seed.h"
#include "tests/methods/make.h"
#include "tests/methods/regions.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

/// The definition: whole images, one at a time.
Tensor slow_regional(Subject& subject, std::int64_t image, std::int64_t target, const Json& settings) {
  const Network& network = subject.network();
  const auto p_of = [&](const Tensor& pixels) {
    return scores_of(network.forward(network.normalise(pixels.unsqueeze(0))), Score::probability)[0][target]
        .item<double>();
  };
  const auto log_odds = [&](double p) {
    const double corrected = (p * 1e5 + 1) / (1e5 + kSceneClasses);
    return std::log2(corrected / (1 - corrected));
  };
  const auto samples = settings.at("samples").get<std::int64_t>();
  const Background colours = background({{"boundary", settings.at("boundary")}, {"band", 4}});
  const Tensor pixels = subject.pixels()[image].to(at::kDouble);
  const std::uint64_t seed = mix_seed(subject.seed(image), "regional-prediction-difference");
  Tensor sum = at::zeros({kSceneHeight, kSceneWidth}, at::kDouble);
  for (const std::int64_t segments : settings.at("scales").get<std::vector<std::int64_t>>()) {
    const Tensor labels = slic(pixels, network.preprocess().bgr, {.segments = segments});
    Tensor map = at::zeros({kSceneHeight, kSceneWidth}, at::kDouble);
    for (std::int64_t r = 0; r < count_labels(labels); ++r) {
      const Tensor region = labels == r;
      const std::uint64_t its =
          mix_seed({mix_seed({seed, static_cast<std::uint64_t>(segments)}), static_cast<std::uint64_t>(r)});
      double q = 0;
      for (std::int64_t s = 0; s < samples; ++s) {
        const Tensor drawn = colours.draw(colours.colours(pixels, region), region.sum().item<std::int64_t>(),
                                          mix_seed({its, static_cast<std::uint64_t>(s)}));
        const Tensor everywhere = region.unsqueeze(0).expand({3, kSceneHeight, kSceneWidth});
        q += p_of(pixels.masked_scatter(everywhere, drawn.contiguous())) / static_cast<double>(samples);
      }
      map.masked_fill_(region, log_odds(p_of(pixels)) - log_odds(q));
    }
    if (settings.at("fusion") == "min-max") map = (map - map.min()) / (map.max() - map.min());
    sum = sum + map;
  }
  return sum / static_cast<double>(settings.at("scales").size());
}

TEST(RegionalPredictionDifference, EqualsTheDefinition) {
  for (const bool bgr : {false, true})
    for (const char* fusion : {"mean", "min-max"}) {
      Subject subject = scenes_of(scene_network(bgr), 2);
      const Json settings{{"scales", {5, 24}},
                          {"samples", 3},
                          {"band", 4},
                          {"boundary", bgr ? "region" : "image"},
                          {"fusion", fusion}};
      const std::vector<Query> query{{1, 2}};
      const Tensor map = make("regional-prediction-difference", settings)->attribute(subject, query).raw;
      ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{1, 1, kSceneHeight, kSceneWidth}));
      const Tensor expected = slow_regional(subject, 1, 2, settings);
      EXPECT_GT((expected.max() - expected.min()).item<double>(), 1e-3);
      EXPECT_LE(largest(map[0][0] - expected), 2e-4 * largest(expected)) << settings;
    }
}

/// Sees the mean green of a square in the middle, or nothing.
Network square_network(double weight) {
  Toy toy(kSceneHeight, kSceneWidth);
  const Tensor weights = at::zeros({2, 3, kSceneHeight, kSceneWidth});
  weights[1][1].narrow(0, 20, 8).narrow(1, 26, 8).fill_(weight);
  toy.preprocess().mean = {128, 128, 128};
  toy.add(Kind::linear, "logits", {0}, {}, {weights.reshape({2, -1})});
  return toy.network();
}

/// The border has one colour, so that every sample is the image with a region painted in it.
TEST(RegionalPredictionDifference, OfTheRegionsThatCount) {
  Tensor pixels = at::full({1, 3, kSceneHeight, kSceneWidth}, 60.0);
  pixels[0][1].narrow(0, 20, 8).narrow(1, 26, 8).fill_(220);
  const Network network = square_network(0.001);
  for (const int segments : {12, 60}) {
    Subject subject(network, pixels, {"square"}, 3, {.batch = 8});
    const Json settings{{"scales", segments}, {"samples", 2}, {"slic_sigma", 0.0}};
    const std::vector<Query> query{{0, 1}};
    const Tensor map = make("regional-prediction-difference", settings)->attribute(subject, query).raw[0][0];
    const Tensor labels = slic(pixels[0], false, {.segments = segments, .sigma = 0});
    Tensor seen = at::zeros({kSceneHeight, kSceneWidth}, at::kBool);
    for (std::int64_t r = 0; r < count_labels(labels); ++r)
      if ((labels == r).narrow(0, 20, 8).narrow(1, 26, 8).any().item<bool>()) seen.logical_or_(labels == r);
    EXPECT_TRUE(at::equal(map > 0, seen)) << segments;
    EXPECT_EQ(map.min().item<double>(), 0) << "what is not seen is no loss";
  }
}

TEST(RegionalPredictionDifference, OfANetworkThatSeesNothingIsZero) {
  Subject subject = scenes_of(square_network(0));
  const std::vector<Query> query{{0, 1}};
  const auto method = make("regional-prediction-difference", {{"scales", {4, 9}}, {"samples", 4}});
  EXPECT_EQ(largest(method->attribute(subject, query).raw), 0);
}

TEST(RegionalPredictionDifference, ClassesShareSamples) {
  const Network network = scene_network();
  const Json settings{{"scales", {5, 24}}, {"samples", 3}};
  const auto method = make("regional-prediction-difference", settings);
  Subject together = scenes_of(network, 2), alone = scenes_of(network), reseeded = scenes_of(network, 1, 10);
  const std::vector<Query> both{{0, 2}, {0, 0}}, one{{0, 0}};
  const Tensor maps = method->attribute(together, both).raw, single = method->attribute(alone, one).raw;
  EXPECT_TRUE(at::equal(maps[1], single[0]));
  EXPECT_FALSE(at::equal(maps[0], maps[1]));
  EXPECT_FALSE(at::equal(method->attribute(reseeded, one).raw, single));
  EXPECT_TRUE(method->uses_seed());
  std::int64_t regions = 0;
  for (const Tensor& labels : superpixels({{"scales", {5, 24}}}).of(alone, 0))
    regions += count_labels(labels);
  EXPECT_EQ(alone.bill().forwards, 3 * regions + 1);
  EXPECT_EQ(together.bill().forwards, 3 * regions + 1);
  const std::int64_t done = together.done().forwards;
  const std::vector<Query> another{{0, 1}};
  EXPECT_NE(largest(method->attribute(together, another).raw), 0);
  EXPECT_EQ(together.bill().forwards, 3 * regions + 1);
  EXPECT_EQ(together.done().forwards, done) << "samples serve every class";
  const Cost price = method->price(network);
  EXPECT_EQ(price.forwards, 3 * (5 + 24) + 1);
  EXPECT_GT(price.work.done, 0);
  Json otherwise = settings;
  otherwise["fusion"] = "min-max";
  EXPECT_EQ(make("regional-prediction-difference", otherwise)->shared_work(), method->shared_work());
  otherwise["draw"] = "region";
  EXPECT_NE(make("regional-prediction-difference", otherwise)->shared_work(), method->shared_work());
  EXPECT_TRUE(method->view().positive);
}

}  // namespace
}  // namespace assay::test
