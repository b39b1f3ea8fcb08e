#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>

#include "harness/core/seed.h"
#include "tests/methods/make.h"
#include "tests/methods/patch_world.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

using Draw = std::function<Tensor(std::int64_t top, std::int64_t left)>;

/// The definition: whole images, one at a time.
Tensor slow_map(const Network& network, const Tensor& image, std::int64_t target, std::int64_t window,
                std::int64_t stride, const std::string& measure, double n, const Draw& draw) {
  const auto p_of = [&](const Tensor& pixels) {
    return scores_of(network.forward(network.normalise(pixels.unsqueeze(0))), Score::probability)[0][target]
        .item<double>();
  };
  const auto log_odds = [&](double p) {
    const double corrected = (p * n + 1) / (n + kPictureClasses);
    return std::log2(corrected) - std::log2(1 - corrected);
  };
  const Tensor pixels = image.to(at::kDouble), sums = at::zeros({kPictureSide, kPictureSide}, at::kDouble),
               counts = at::zeros({kPictureSide, kPictureSide}, at::kDouble);
  const double p = p_of(pixels);
  for (std::int64_t y = 0; y < kPictureSide; ++y)
    for (std::int64_t x = 0; x < kPictureSide; ++x) {
      const auto is_place = [&](std::int64_t at) {
        return at + window == kPictureSide || (at % stride == 0 && at + window < kPictureSide);
      };
      if (!is_place(y) || !is_place(x)) continue;
      const Tensor samples = draw(y, x);
      double q = 0;
      for (std::int64_t s = 0; s < samples.size(0); ++s) {
        Tensor changed = pixels.clone();
        changed.narrow(1, y, window).narrow(2, x, window).copy_(samples[s]);
        q += p_of(changed) / static_cast<double>(samples.size(0));
      }
      sums.narrow(0, y, window).narrow(1, x, window) +=
          measure == "probability" ? p - q : log_odds(p) - log_odds(q);
      counts.narrow(0, y, window).narrow(1, x, window) += 1;
    }
  return at::where(counts > 0, sums / counts, sums);
}

TEST(PredictionDifference, MarginalEqualsTheDefinition) {
  const TemporaryFolder folder;
  const Tensor images = pictures(9, 5);
  const std::string file = fitted(folder, images);
  for (const bool bgr : {false, true}) {
    const Network network = some_network(bgr);
    Subject subject = some_images(network);
    const Tensor others = bgr ? images.flip(1) : images;
    for (const std::int64_t stride : {1, 3, 5})
      for (const std::string measure : {"evidence", "probability"}) {
        const Json settings{{"patches", file}, {"sampling", "marginal"}, {"window", 4},    {"stride", stride},
                            {"samples", 3},    {"measure", measure},     {"laplace", 50.0}};
        const std::vector<Query> query{{1, 2}};
        const Tensor map = make("prediction-difference", settings)->attribute(subject, query).raw;
        const Tensor expected =
            slow_map(network, subject.pixels()[1], 2, 4, stride, measure, 50, [&](auto top, auto left) {
              return others.narrow(0, 0, 3).narrow(2, top, 4).narrow(3, left, 4).to(at::kDouble);
            });
        ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{1, 1, kPictureSide, kPictureSide}));
        EXPECT_GT(largest(expected), 1e-4);
        EXPECT_LE(largest(map[0][0] - expected), 1e-4 * largest(expected) + 2e-6) << settings;
      }
  }
}

TEST(PredictionDifference, ConditionalEqualsTheDefinition) {
  const TemporaryFolder folder;
  const std::string file = fitted(folder);
  const Network network = some_network();
  Subject subject = some_images(network);
  const Json settings{{"patches", file}, {"window", 3}, {"context", 5}, {"stride", 2}, {"samples", 4}};
  const std::vector<Query> query{{0, 1}};
  const Tensor map = make("prediction-difference", settings)->attribute(subject, query).raw;
  PatchSampler sampler(load_patches(file).cut_to(5), 3);
  const Tensor image = subject.pixels()[0].to(at::kDouble);
  const std::uint64_t seed = mix_seed(subject.seed(0), "prediction-difference");
  const Tensor expected = slow_map(network, image, 1, 3, 2, "evidence", 1e5, [&](auto top, auto left) {
    return sampler.draw(image, top, left, 4,
                        mix_seed({seed, static_cast<std::uint64_t>(top * kPictureSide + left)}));
  });
  EXPECT_GT(largest(expected), 1e-3);
  EXPECT_LE(largest(map[0][0] - expected), 1e-4 * largest(expected));
}

/// An image that is among those of the file is no sample of itself.
TEST(PredictionDifference, MarginalLeavesTheExplainedImageOut) {
  const TemporaryFolder folder;
  const Tensor images = pictures(9, 5);
  const Json settings{{"patches", fitted(folder, images)},
                      {"sampling", "marginal"},
                      {"window", 4},
                      {"stride", 4},
                      {"samples", 2}};
  const Network network = some_network();
  Subject subject = some_images(network, images.narrow(0, 0, 2));
  const std::vector<Query> query{{1, 0}};
  const Tensor map = make("prediction-difference", settings)->attribute(subject, query).raw;
  const Tensor expected =
      slow_map(network, subject.pixels()[1], 0, 4, 4, "evidence", 1e5, [&](auto top, auto left) {
        return images.index_select(0, at::tensor({0, 2}, at::kLong))
            .narrow(2, top, 4)
            .narrow(3, left, 4)
            .to(at::kDouble);
      });
  EXPECT_LE(largest(map[0][0] - expected), 1e-4 * largest(expected));
}

Network fixed_network(bool sees_a_pixel) {
  Toy toy(kPictureSide, kPictureSide);
  const Tensor weight = at::zeros({2, 3 * kPictureSide * kPictureSide});
  if (sees_a_pixel) weight[1][(kPictureSide + 5) * kPictureSide + 8] = 0.05;  // green, row 5, column 8
  toy.add(Kind::linear, "logits", {0}, {}, {weight});
  toy.preprocess().mean = {128, 128, 128};
  return toy.network();
}

TEST(PredictionDifference, FindsTheOnlyPixelThatCounts) {
  const TemporaryFolder folder;
  Json settings{{"patches", fitted(folder)}, {"window", 3}, {"context", 6}, {"samples", 2}};
  const Network network = fixed_network(true);
  Tensor image = at::full({1, 3, kPictureSide, kPictureSide}, 128.0);
  image[0][1][5][8] = 255;
  const std::vector<Query> queries{{0, 1}, {0, 0}};
  for (const char* sampling : {"conditional", "marginal"}) {
    settings["sampling"] = sampling;
    Subject subject = some_images(network, image);
    const Tensor maps = make("prediction-difference", settings)->attribute(subject, queries).raw;
    const Tensor reach = maps[0][0] != 0;
    Tensor expected = at::zeros({kPictureSide, kPictureSide}, at::kBool);
    expected.narrow(0, 3, 5).narrow(1, 6, 5).fill_(true);  // where windows over the pixel reach
    EXPECT_TRUE(at::equal(reach, expected)) << sampling;
    EXPECT_EQ(maps[0][0].argmax().item<std::int64_t>(), 5 * kPictureSide + 8) << sampling;
    EXPECT_LE(largest(maps[0] + maps[1]), 1e-6 * largest(maps[0]))
        << "what speaks for one speaks against the other";
  }
}

TEST(PredictionDifference, OfANetworkThatSeesNothingIsZero) {
  const TemporaryFolder folder;
  const Json settings{{"patches", fitted(folder)}, {"window", 4}, {"context", 6}, {"stride", 2}};
  Subject subject = some_images(fixed_network(false));
  const std::vector<Query> query{{0, 1}};
  const Tensor map = make("prediction-difference", settings)->attribute(subject, query).raw;
  EXPECT_EQ(largest(map), 0);
}

TEST(PredictionDifference, ClassesAndMeasuresShareSamples) {
  const TemporaryFolder folder;
  Json settings{{"patches", fitted(folder)}, {"window", 4}, {"context", 6}, {"stride", 4}, {"samples", 5}};
  const Network network = some_network();
  const auto method = make("prediction-difference", settings);
  const Cost price = method->price(network);
  EXPECT_EQ(price.forwards, 3 * 3 * 5 + 1);
  EXPECT_TRUE(method->uses_seed());
  Subject alone = some_images(network, pictures(1, 6));
  const std::vector<Query> one{{0, 2}}, both{{0, 2}, {0, 0}};
  alone.bill();
  const Tensor single = method->attribute(alone, one).raw;
  const Cost cost = alone.bill();
  EXPECT_EQ(cost.forwards, price.forwards);
  EXPECT_EQ(cost.work, price.work);
  EXPECT_EQ(alone.done().work, price.work);
  settings["measure"] = "probability";
  const auto other = make("prediction-difference", settings);
  EXPECT_EQ(other->shared_work(), method->shared_work());
  const Tensor probabilities = other->attribute(alone, one).raw;
  EXPECT_EQ(alone.bill().forwards, price.forwards);
  EXPECT_EQ(alone.done().forwards, price.forwards);
  EXPECT_LE(largest(probabilities), 1);
  Subject together = some_images(network);
  EXPECT_TRUE(at::equal(method->attribute(together, both).raw[0], single[0]));
  EXPECT_EQ(together.bill().forwards, price.forwards);
  const std::int64_t done = together.done().forwards;
  const std::vector<Query> another{{0, 1}};
  EXPECT_NE(largest(method->attribute(together, another).raw), 0);
  EXPECT_EQ(together.bill().forwards, price.forwards);
  EXPECT_EQ(together.done().forwards, done) << "samples serve every class";
  settings["sampling"] = "marginal";
  EXPECT_FALSE(make("prediction-difference", settings)->uses_seed());
}

TEST(PredictionDifference, IsKnownByWhatTheFileHolds) {
  const TemporaryFolder folder;
  const std::string file = fitted(folder), copy = folder / "copy.safetensors";
  std::filesystem::copy_file(file, copy);
  const auto resolved = [](const std::string& patches) {
    Params params(Json{{"patches", patches}, {"context", 6}, {"window", 4}});
    find_entry(methods(), "prediction-difference", params, "").make(params);
    return params.resolved();
  };
  EXPECT_EQ(resolved(file), resolved(copy));
  EXPECT_THAT(resolved(file).at("patches").get<std::string>(), testing::MatchesRegex("[0-9a-f]+"));
}

TEST(PredictionDifference, RefusesWhatMakesNoSense) {
  const TemporaryFolder folder;
  const std::string file = fitted(folder);
  const auto error = [&](Json settings) {
    settings["patches"] = file;
    return error_of("prediction-difference", settings);
  };
  EXPECT_THAT(error_of("prediction-difference", Json::object()), StartsWith("missing key 'patches'"));
  EXPECT_THAT(error_of("prediction-difference", {{"patches", "none"}}),
              HasSubstr("patches: none: cannot be opened"));
  EXPECT_EQ(error({{"window", 6}, {"context", 6}}), "context: must be larger than the window");
  EXPECT_EQ(error(Json::object()),
            "context: the file knows patches of 6 px a side; lower it, or fit with a larger --side");
  EXPECT_EQ(
      error({{"sampling", "marginal"}}),
      "samples: the file holds 7 images, one of which may be the explained one; lower it, or fit with a "
      "larger --keep");
  EXPECT_EQ(error({{"laplace", 0}}), "laplace: must be above 0, and finite");
  const auto method = make("prediction-difference", {{"patches", file}, {"window", 4}, {"context", 6}});
  EXPECT_FALSE(method->unsupported(some_network()));
  Toy lone(kPictureSide, kPictureSide), wide(kPictureSide, 16);
  lone.linear("logits", 0, 3 * kPictureSide * kPictureSide, 1);
  EXPECT_EQ(method->unsupported(lone.network()), "the network has one output, whose probability is always 1");
  wide.linear("logits", 0, 3 * kPictureSide * 16, 2);
  EXPECT_EQ(method->unsupported(wide.network()),
            "patches: fitted at 12x12, the network reads 12x16; fit them for this network");
}

}  // namespace
}  // namespace assay::test
