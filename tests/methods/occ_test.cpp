#include <gtest/gtest.h>

#include "harness/network/tensor.h"
#include "methods/method.h"
#include "methods/occlusion_grid.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

/// Class 1's logit is the blue value of one pixel; class 0 stays at 0.
Network one_pixel_network(std::int64_t side, std::int64_t row, std::int64_t column) {
  Toy toy(side, side);
  const Tensor weight = at::zeros({2, 3 * side * side});
  weight[1][(2 * side + row) * side + column] = 0.02;
  toy.add(Kind::linear, "logits", {0}, {}, {weight});
  return toy.network("one pixel");
}

Subject bright(const Network& network, std::int64_t images = 1) {
  const Preprocess& p = network.preprocess();
  return Subject(network, at::full({images, 3, p.height, p.width}, 250.0),
                 std::vector<std::string>(images, "bright"), 3, {.batch = 8});
}

Tensor map_of(const Json& settings, Subject& subject, Query query = {0, 1}) {
  const auto method = make("occ", settings);
  const Tensor raw = method->attribute(subject, std::span(&query, 1)).raw;
  EXPECT_EQ(raw.sizes(),
            (std::vector<std::int64_t>{1, 1, subject.pixels().size(2), subject.pixels().size(3)}));
  return raw[0][0];
}

TEST(Occlusion, PeaksAtTheOnlyPixelThatCounts) {
  const Network network = one_pixel_network(16, 5, 9);
  Subject subject = bright(network);
  for (const char* score : {"probability", "logit-share", "logit"}) {
    Json settings{{"patch", 3}, {"stride", 1}, {"fill", 0}, {"score", score}};
    const Tensor corrected = map_of(settings, subject);
    EXPECT_LT(corrected.min().item<double>(), corrected.max().item<double>()) << score;
    EXPECT_EQ(corrected.argmax().item<std::int64_t>(), 5 * 16 + 9) << score;
    settings["formula"] = "literal";
    EXPECT_EQ(map_of(settings, subject).argmin().item<std::int64_t>(), 5 * 16 + 9) << score;
  }
}

/// The formulas pixel by pixel, each patch predicted alone.
Tensor slow_reference(const Network& network, const Tensor& image, std::int64_t size, std::int64_t stride,
                      double fill, bool overhang, bool literal) {
  const std::int64_t side = image.size(1);
  struct Seen {
    std::int64_t row, column;
    double p;
  };
  const auto p_of = [&](const Tensor& pixels) {
    return scores_of(network.forward(network.normalise(pixels.unsqueeze(0))), Score::probability)[0][1]
        .item<double>();
  };
  std::vector<Seen> seen;
  const std::int64_t first = overhang ? -(size - 1) : 0;
  for (std::int64_t row = first; overhang ? row < side : row + size <= side; row += stride)
    for (std::int64_t column = first; overhang ? column < side : column + size <= side; column += stride) {
      Tensor occluded = image.clone();
      for (std::int64_t r = 0; r < side; ++r)
        for (std::int64_t c = 0; c < side; ++c)
          if (r >= row && r < row + size && c >= column && c < column + size)
            for (std::int64_t k = 0; k < 3; ++k) occluded[k][r][c] = fill;
      seen.push_back({row, column, p_of(occluded)});
    }
  Tensor map = at::zeros({side, side}, at::kDouble);
  for (std::int64_t r = 0; r < side; ++r)
    for (std::int64_t c = 0; c < side; ++c) {
      double inside = 0, outside = 0, count = 0;
      for (const Seen& s : seen) {
        const bool covers = r >= s.row && r < s.row + size && c >= s.column && c < s.column + size;
        (covers ? inside : outside) += s.p;
        count += covers;
      }
      const double mean = count > 0 ? inside / count : p_of(image);
      map[r][c] = literal ? 1 - outside / static_cast<double>(seen.size()) : 1 - mean;
    }
  return map;
}

TEST(Occlusion, EqualsTheFormulaPixelByPixel) {
  Toy toy(9, 9);
  const int conv = toy.conv("conv", 0, 3, 4, 3, 2);
  toy.preprocess().std = {60, 60, 60};
  toy.linear("logits", toy.add(Kind::relu, "relu", {conv}), 100, 3);
  const Network network = toy.network();
  const Tensor pixels = (normal({2, 3, 9, 9}, 70) * 50 + 120).clamp(0, 255);
  Subject subject(network, pixels, {"a", "b"}, 0, {.batch = 8});
  struct Case {
    std::int64_t patch, stride;
    double fill;
    bool overhang;
  };
  for (const Case& c :
       {Case{3, 2, 127.5, true}, Case{4, 3, 0, false}, Case{2, 4, 255, false}, Case{5, 1, 10.25, true}})
    for (const bool literal : {false, true}) {
      const Json settings{{"patch", c.patch},
                          {"stride", c.stride},
                          {"fill", c.fill},
                          {"overhang", c.overhang},
                          {"formula", literal ? "literal" : "corrected"}};
      const Tensor expected =
          slow_reference(network, pixels[1], c.patch, c.stride, c.fill, c.overhang, literal);
      EXPECT_TRUE(at::allclose(map_of(settings, subject, {1, 1}), expected, 0, 1e-6)) << settings;
      EXPECT_GT((expected.max() - expected.min()).item<double>(), 1e-3) << "a flat reference tests nothing";
    }
}

TEST(Occlusion, DropIsByHowMuchTheScoreFalls) {
  const Network network = one_pixel_network(16, 5, 9);
  Subject subject = bright(network);
  const Json settings{{"patch", 4},        {"stride", 4},       {"fill", 50},
                      {"overhang", false}, {"formula", "drop"}, {"score", "logit"}};
  const Tensor map = map_of(settings, subject);
  Tensor expected = at::zeros({16, 16}, at::kDouble);
  expected.narrow(0, 4, 4).narrow(1, 8, 4).fill_(0.02 * (250 - 50));
  EXPECT_LE((map - expected).abs().max().item<double>(), 1e-5);
}

TEST(Occlusion, PositionsOfThePaper) {
  for (const auto& [size, count] : {std::pair<std::int64_t, std::size_t>{10, 24}, {50, 28}, {100, 33}}) {
    const auto patches = patch_positions(227, 227, size, 10, true);
    EXPECT_EQ(patches.size(), count * count);
    EXPECT_EQ(patches[0].bottom, 1);  // first corner at -(size-1): one row inside
    EXPECT_EQ(patches.back().bottom, 227);
  }
  EXPECT_EQ(make("occ", {{"patch", 50}})->price(one_pixel_network(227, 1, 1)).forwards, 28 * 28);
  EXPECT_EQ(patch_positions(10, 7, 3, 2, false).size(), 4u * 3u);
}

TEST(Occlusion, PixelsUnderTheSamePatchesHaveTheSameBits) {
  std::vector<double> scores;
  const auto patches = patch_positions(40, 40, 20, 10, true);
  for (std::size_t j = 0; j < patches.size(); ++j) scores.push_back(1.0 / (3.0 + static_cast<double>(j)));
  const PatchSums sums = sum_patches(patches, scores, 40, 40);
  const Tensor cell =
      sums.covered.slice(0, 11, 20).slice(1, 11, 20);  // no corner inside: corners lie at 1 mod 10
  EXPECT_TRUE((cell == cell[0][0]).all().item<bool>());
  EXPECT_EQ(sums.count.min().item<double>(), 4);
  EXPECT_EQ(sums.count.max().item<double>(), 4);
}

TEST(Occlusion, ProtocolsShareTheirForwards) {
  const Network network = one_pixel_network(16, 5, 9);
  Subject subject = bright(network);
  map_of({{"patch", 4}, {"stride", 4}}, subject);
  const Cost first = subject.bill();
  EXPECT_EQ(first.forwards, 25);
  const Cost price = make("occ", {{"patch", 4}, {"stride", 4}})->price(network);
  EXPECT_EQ(first.forwards, price.forwards);
  EXPECT_EQ(first.work, price.work);
  map_of({{"patch", 4}, {"stride", 4}, {"formula", "literal"}, {"score", "logit-share"}}, subject, {0, 0});
  EXPECT_EQ(subject.bill().forwards, 25);
  EXPECT_EQ(subject.done().forwards, 25);
  map_of({{"patch", 4}, {"stride", 4}, {"fill", 3}}, subject);
  EXPECT_EQ(subject.done().forwards, 50);
}

TEST(Occlusion, RefusesWhatMakesNoSense) {
  EXPECT_EQ(error_of("occ", {{"patch", 0}}), "patch: must be at least 1");
  EXPECT_EQ(error_of("occ", {{"stride", 0}}), "stride: must be at least 1");
  EXPECT_EQ(error_of("occ", {{"fill", 300}}), "fill: must lie in 0..255");
  EXPECT_EQ(error_of("occ", {{"formula", "wrong"}}),
            "formula: unknown word 'wrong'; known: corrected, literal, drop");
  const Network network = one_pixel_network(16, 5, 9);
  EXPECT_EQ(make("occ", {{"patch", 17}, {"overhang", false}})->unsupported(network),
            "patch 17 does not fit into the 16x16 input; set overhang: true");
  EXPECT_FALSE(make("occ", {{"patch", 17}})->unsupported(network));
}

}  // namespace
}  // namespace assay::test
