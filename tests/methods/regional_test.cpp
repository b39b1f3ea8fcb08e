#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/core/seed.h"
#include "methods/background.h"
#include "methods/shared_attribution.h"
#include "methods/superpixels.h"
#include "tests/methods/make.h"
#include "tests/network/largest.h"
#include "tests/toy.h"
#include "tests/vision/scenes.h"

namespace assay::test {
namespace {

using ::testing::StartsWith;

constexpr std::int64_t kHeight = 48, kWidth = 60, kOutputs = 3;

Network scene_network(bool bgr = false) {
  Toy toy(kHeight, kWidth);
  const int conv = toy.conv("conv", 0, 3, 4, 5, 3);
  toy.preprocess().mean = {120, 125, 130};
  toy.preprocess().std = {60, 70, 80};
  toy.preprocess().bgr = bgr;
  const int pool = toy.add(Kind::global_avg_pool, "pool", {toy.add(Kind::relu, "relu", {conv})});
  toy.linear("logits", pool, 4, kOutputs);
  return toy.network();
}

Subject scenes_of(const Network& network, std::int64_t images = 1, std::uint64_t run_seed = 9) {
  std::vector<Tensor> pixels;
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) {
    pixels.push_back(scene(kHeight, kWidth, 60 + static_cast<std::uint64_t>(i)));
    names.push_back("scene " + std::to_string(i));
  }
  return Subject(network, at::stack(pixels), names, run_seed, {.batch = 8});
}

Superpixels superpixels(Json settings) {
  Params params(std::move(settings));
  return Superpixels(params);
}

Background background(Json settings) {
  Params params(std::move(settings));
  return Background(params);
}

// what regions are replaced by ------------------------------------------------------------------------------

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

// regional prediction difference ----------------------------------------------------------------------------

/// The definition: whole images, one at a time.
Tensor slow_regional(Subject& subject, std::int64_t image, std::int64_t target, const Json& settings) {
  const Network& network = subject.network();
  const auto p_of = [&](const Tensor& pixels) {
    return scores_of(network.forward(network.normalise(pixels.unsqueeze(0))), Score::probability)[0][target]
        .item<double>();
  };
  const auto log_odds = [&](double p) {
    const double corrected = (p * 1e5 + 1) / (1e5 + kOutputs);
    return std::log2(corrected / (1 - corrected));
  };
  const auto samples = settings.at("samples").get<std::int64_t>();
  const Background colours = background({{"boundary", settings.at("boundary")}, {"band", 4}});
  const Tensor pixels = subject.pixels()[image].to(at::kDouble);
  const std::uint64_t seed = mix_seed(subject.seed(image), "regional-prediction-difference");
  Tensor sum = at::zeros({kHeight, kWidth}, at::kDouble);
  for (const std::int64_t segments : settings.at("scales").get<std::vector<std::int64_t>>()) {
    const Tensor labels = slic(pixels, network.preprocess().bgr, {.segments = segments});
    Tensor map = at::zeros({kHeight, kWidth}, at::kDouble);
    for (std::int64_t r = 0; r < count_labels(labels); ++r) {
      const Tensor region = labels == r;
      const std::uint64_t its =
          mix_seed({mix_seed({seed, static_cast<std::uint64_t>(segments)}), static_cast<std::uint64_t>(r)});
      double q = 0;
      for (std::int64_t s = 0; s < samples; ++s) {
        const Tensor drawn = colours.draw(colours.colours(pixels, region), region.sum().item<std::int64_t>(),
                                          mix_seed({its, static_cast<std::uint64_t>(s)}));
        const Tensor everywhere = region.unsqueeze(0).expand({3, kHeight, kWidth});
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
      ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{1, 1, kHeight, kWidth}));
      const Tensor expected = slow_regional(subject, 1, 2, settings);
      EXPECT_GT((expected.max() - expected.min()).item<double>(), 1e-3);
      EXPECT_LE(largest(map[0][0] - expected), 2e-4 * largest(expected)) << settings;
    }
}

/// Sees the mean green of a square in the middle, or nothing.
Network square_network(double weight) {
  Toy toy(kHeight, kWidth);
  const Tensor weights = at::zeros({2, 3, kHeight, kWidth});
  weights[1][1].narrow(0, 20, 8).narrow(1, 26, 8).fill_(weight);
  toy.preprocess().mean = {128, 128, 128};
  toy.add(Kind::linear, "logits", {0}, {}, {weights.reshape({2, -1})});
  return toy.network();
}

TEST(RegionalPredictionDifference, PointsAtTheOnlyRegionThatCounts) {
  Tensor pixels = at::full({1, 3, kHeight, kWidth}, 60.0);
  pixels[0][1].narrow(0, 20, 8).narrow(1, 26, 8).fill_(220);
  const Network network = square_network(0.001);
  for (const int segments : {12, 60}) {
    Subject subject(network, pixels, {"square"}, 3, {.batch = 8});
    const Json settings{{"scales", segments}, {"samples", 2}, {"slic_sigma", 0.0}};
    const std::vector<Query> query{{0, 1}};
    const Tensor map = make("regional-prediction-difference", settings)->attribute(subject, query).raw[0][0];
    const std::int64_t best = map.argmax().item<std::int64_t>(), row = best / kWidth, column = best % kWidth;
    EXPECT_TRUE(row >= 20 && row < 28 && column >= 26 && column < 34) << row << " " << column;
    EXPECT_GT(map.max().item<double>(), 0);
    EXPECT_EQ(map[0][0].item<double>(), 0) << "a region that is not seen loses nothing";
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

// any map by regions ----------------------------------------------------------------------------------------

TEST(Regional, AveragesTheMapThatTheMethodIsKnownFor) {
  const Network network = scene_network();
  Subject subject = scenes_of(network, 2);
  const std::vector<Query> queries{{1, 0}, {0, 2}, {1, 2}};
  const auto gradient = make("grad");
  for (const char* of_view : {"own", "signed"}) {
    const Json settings{{"of", "grad"}, {"scales", {6, 20}}, {"of_view", of_view}};
    const auto method = make("regional", settings);
    const Tensor found = method->attribute(subject, queries).raw;
    ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{3, 1, kHeight, kWidth}));
    const Tensor raw = gradient->attribute(subject, queries).raw;
    for (std::int64_t q = 0; q < 3; ++q) {
      const Tensor map = std::string(of_view) == "own" ? std::get<0>(raw[q].abs().max(0)) : raw[q].sum(0);
      Tensor expected = at::zeros({kHeight, kWidth}, at::kDouble);
      for (const std::int64_t segments : {6, 20}) {
        const Tensor labels = slic(subject.pixels()[queries[q].image], false, {.segments = segments});
        for (std::int64_t r = 0; r < count_labels(labels); ++r)
          expected += (labels == r) * map.masked_select(labels == r).mean() / 2;
      }
      EXPECT_LE(largest(found[q][0] - expected), 1e-6 * largest(expected)) << of_view;
    }
  }
}

TEST(Regional, SharesTheWorkOfItsBase) {
  const Network network = scene_network();
  Subject subject = scenes_of(network);
  const Json settings{{"of", "grad"}, {"scales", {6}}, {"score", "logit"}};
  const auto method = make("regional", settings);
  const auto base = make("grad", {{"score", "logit"}});
  const std::vector<Query> query{{0, 1}};
  method->attribute(subject, query);
  const std::int64_t walked = subject.done().backwards;
  EXPECT_EQ(walked, 1);
  attribute_by_image(subject, *base, query, method->wraps());
  EXPECT_EQ(subject.done().backwards, walked) << "what the base asks for is at hand";
  EXPECT_THAT(method->wraps(), StartsWith("grad {"));
  const Cost price = method->price(network), of_base = base->price(network);
  EXPECT_EQ(price.forwards, of_base.forwards);
  EXPECT_EQ(price.backwards, of_base.backwards);
  EXPECT_FALSE(method->uses_seed());
  EXPECT_TRUE(make("regional", {{"of", "random"}})->uses_seed());
  EXPECT_EQ(make("regional", {{"of", "mwp"}, {"layer", "relu"}})->layer_keys(),
            (std::vector<std::string>{"layer"}));
  EXPECT_EQ(make("regional", {{"of", "mwp"}, {"layer", "rel"}})->unsupported(network),
            make("mwp", {{"layer", "rel"}})->unsupported(network));
}

TEST(Regional, RefusesWhatMakesNoSense) {
  for (const char* name : {"var", "shared-features", "agreement", "regional"})
    EXPECT_EQ(error_of("regional", {{"of", name}}),
              std::string("of: '") + name + "' has no raw attribution of its own that could be averaged");
  EXPECT_THAT(error_of("regional", Json::object()), StartsWith("missing key 'of'"));
  EXPECT_THAT(error_of("regional", {{"of", "gard"}}), StartsWith("of: unknown name 'gard'; known: grad"));
}

}  // namespace
}  // namespace assay::test
