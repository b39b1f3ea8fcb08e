#include "harness/vision/slic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "harness/vision/parts.h"
#include "tests/toy.h"
#include "tests/vision/scenes.h"

namespace assay::test {
namespace {

std::vector<std::int64_t> values_of(const Tensor& labels) {
  const Tensor flat = labels.contiguous();
  return {flat.data_ptr<std::int64_t>(), flat.data_ptr<std::int64_t>() + flat.numel()};
}

/// How many 4-connected parts equal labels have: pixels are joined until nothing changes.
std::int64_t slow_parts(const Tensor& labels) {
  const std::int64_t height = labels.size(0), width = labels.size(1);
  const std::vector<std::int64_t> label = values_of(labels);
  std::vector<std::int64_t> part(label.size());
  std::iota(part.begin(), part.end(), 0);
  const auto join = [&](std::int64_t a, std::int64_t b) {
    if (label[a] != label[b] || part[a] == part[b]) return false;
    part[a] = part[b] = std::min(part[a], part[b]);
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::int64_t at = 0; at < height * width; ++at) {
      if (at % width + 1 < width) changed |= join(at, at + 1);
      if (at + width < height * width) changed |= join(at, at + width);
    }
  }
  return std::ssize(std::set<std::int64_t>(part.begin(), part.end()));
}

TEST(Cielab, KnownColours) {
  struct Known {
    double r, g, b, lightness, a, b_star;
  };
  for (const Known& k : {Known{255, 255, 255, 100, 0, 0}, Known{0, 0, 0, 0, 0, 0},
                         Known{255, 0, 0, 53.24, 80.09, 67.20}, Known{0, 255, 0, 87.73, -86.18, 83.18},
                         Known{0, 0, 255, 32.30, 79.19, -107.86}, Known{119, 119, 119, 50.03, 0, 0}}) {
    const Tensor rgb = exact({k.r, k.g, k.b}, {3, 1, 1});
    const Tensor expected = exact({k.lightness, k.a, k.b_star}, {3, 1, 1});
    EXPECT_TRUE(at::allclose(cielab(rgb, false), expected, 0, 0.02)) << cielab(rgb, false);
    EXPECT_TRUE(at::equal(cielab(rgb.flip(0), true), cielab(rgb, false)));
  }
}

TEST(ConnectedParts, SmallOnesGoToAnEarlierPartThatTheirFirstPixelTouches) {
  const std::vector<std::int64_t> labels{7, 7, 7, 2, 2,  //
                                         7, 4, 7, 2, 2,  //
                                         7, 7, 4, 2, 2,  //
                                         7, 7, 4, 7, 2};
  EXPECT_EQ(values_of(connected_parts(labels, 4, 5, 1)),
            (std::vector<std::int64_t>{0, 0, 0, 1, 1, 0, 2, 0, 1, 1, 0, 0, 3, 1, 1, 0, 0, 3, 4, 1}));
  // the lone 4 lies inside part 0; to the right of the upper one of two lies part 1, and so beside the lone 7
  EXPECT_EQ(values_of(connected_parts(labels, 4, 5, 3)),
            (std::vector<std::int64_t>{0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1}));
  EXPECT_EQ(values_of(connected_parts(labels, 4, 5, 100)), std::vector<std::int64_t>(20, 0));
  EXPECT_EQ(values_of(connected_parts({5, 2, 2, 2, 2, 2}, 2, 3, 2)), std::vector<std::int64_t>(6, 0));
  EXPECT_EQ(values_of(connected_parts({5}, 1, 1, 2)), std::vector<std::int64_t>(1, 0));
}

/// On one colour the squares of the grid hardly move: of three centres at 4, 12 and 20 the first takes the
/// pixels that are as near to the second (0..8), which moves to 12.5, and so on.
TEST(Slic, OfOneColourIsTheGrid) {
  const Tensor pixels = at::full({3, 24, 24}, 90.0);
  const Tensor labels = slic(pixels, false, {.segments = 9, .sigma = 0});
  const auto row = [](std::int64_t i) { return i < 9 ? 0 : i < 17 ? 1 : 2; };
  Tensor expected = at::empty({24, 24}, at::kLong);
  for (std::int64_t y = 0; y < 24; ++y)
    for (std::int64_t x = 0; x < 24; ++x) expected[y][x] = 3 * row(y) + row(x);
  EXPECT_TRUE(at::equal(labels, expected)) << labels;
  EXPECT_EQ(count_labels(labels), 9);
}

/// With m small against the colours' distances no superpixel holds two of them.
TEST(Slic, FollowsContours) {
  const Tensor pixels = at::zeros({3, 40, 48});
  pixels[0].slice(1, 19).fill_(230);
  pixels[1].slice(0, 27).fill_(210);
  pixels[2].slice(0, 5, 12).slice(1, 30, 41).fill_(250);
  const Tensor labels = slic(pixels, false, {.segments = 48, .sigma = 0});
  const Tensor colour = (pixels[0] + 7 * pixels[1] + 49 * pixels[2]).to(at::kLong);
  for (std::int64_t label = 0; label < count_labels(labels); ++label) {
    const Tensor inside = colour.masked_select(labels == label);
    EXPECT_TRUE((inside == inside[0]).all().item<bool>()) << label;
  }
}

TEST(Slic, CoversScenesWithConnectedRegionsOfTheSameBits) {
  for (const std::uint64_t seed : {1u, 2u})
    for (const std::int64_t segments : {4, 30, 150}) {
      const Tensor pixels = scene(96, 120, seed);
      const SlicSettings settings{.segments = segments};
      const Tensor labels = slic(pixels, false, settings);
      ASSERT_EQ(labels.sizes(), (std::vector<std::int64_t>{96, 120}));
      const std::int64_t count = count_labels(labels);
      EXPECT_EQ(labels.min().item<std::int64_t>(), 0);
      EXPECT_EQ(slow_parts(labels), count) << "each label is one part, and none is missing";
      EXPECT_GE(count, segments / 2) << segments;
      EXPECT_LE(count, segments * 2 + 4) << segments;
      const auto quarter = 96 * 120 / (4 * segments);
      EXPECT_GE(at::bincount(labels.reshape({-1})).min().item<std::int64_t>(), quarter);
      EXPECT_TRUE(at::equal(slic(pixels, false, settings), labels));
      EXPECT_TRUE(at::equal(slic(pixels.flip(0), true, settings), labels)) << "in the other channel order";
      EXPECT_FALSE(at::equal(slic(pixels, false, {.segments = segments, .compactness = 40}), labels));
    }
}

TEST(Slic, OfImagesAsSmallAsTheirRegions) {
  const Tensor pixels = scene(5, 3, 3);
  EXPECT_EQ(count_labels(slic(pixels, false, {.segments = 1})), 1);
  const Tensor many = slic(pixels, false, {.segments = 500, .sigma = 0});
  EXPECT_EQ(slow_parts(many), count_labels(many));
}

}  // namespace
}  // namespace assay::test
