#include "harness/network/reach.h"

#include <gtest/gtest.h>

#include "harness/core/seed.h"
#include "harness/network/window_plan.h"
#include "tests/toy.h"

namespace assay {
namespace {

std::int64_t between(Random& random, std::int64_t first, std::int64_t last) {
  return first + static_cast<std::int64_t>(random.uniform() * static_cast<double>(last - first + 1));
}

/// A layer of that kind with settings of every sort, whose outputs grow where an input does.
Layer random_layer(Kind kind, Random& random) {
  Attributes a;
  for (int side = 0; side < 2; ++side) {
    a.kernel[side] = between(random, 1, 4);
    a.stride[side] = between(random, 1, 3);
    a.dilation[side] = kind == Kind::avg_pool ? 1 : between(random, 1, 2);
    a.pad[side] = between(random, 0, a.kernel[side] - 1);
    a.pad[side + 2] = between(random, 0, a.kernel[side] - 1);
  }
  a.ceil_mode = kind != Kind::conv && between(random, 0, 1);
  Layer layer{.kind = kind, .name = "layer", .inputs = {0}, .attributes = a};
  if (kind == Kind::conv) layer.parameters = {{"w", at::ones({1, 1, a.kernel[0], a.kernel[1]})}};
  return layer;
}

/// The smallest range with all the rows (side 0) or columns (1) of [1,1,H,W] that hold a true.
Reach range_of(const Tensor& changed, int side) {
  const Tensor places = changed[0][0].any(1 - side).nonzero();
  if (places.numel() == 0) return {};
  return {places.min().item<std::int64_t>(), places.max().item<std::int64_t>() + 1};
}

class ReachTest : public testing::TestWithParam<Kind> {};

TEST_P(ReachTest, OfOnePixelIsWhatChanges) {
  Random random(7);
  for (int round = 0; round < 60; ++round) {
    const Layer layer = random_layer(GetParam(), random);
    const std::array<std::int64_t, 2> size{between(random, 7, 13), between(random, 7, 13)};
    const std::array<std::int64_t, 2> pixel{between(random, 0, size[0] - 1), between(random, 0, size[1] - 1)};
    Tensor x = at::zeros({1, 1, size[0], size[1]});
    const Tensor before = Network::run(layer, {{x}});
    x[0][0][pixel[0]][pixel[1]] = 1;
    const Tensor changed = Network::run(layer, {{x}}) != before;
    std::array<Reach, 2> found;
    for (int side = 0; side < 2; ++side)
      found[side] =
          reached(*local_side(layer, {1, size[0], size[1]}, {1, before.size(2), before.size(3)}, side),
                  {pixel[side], pixel[side] + 1});
    for (int side = 0; side < 2; ++side)
      EXPECT_EQ(found[1 - side].empty() ? Reach{} : found[side], range_of(changed, side));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ReachTest, testing::Values(Kind::conv, Kind::max_pool, Kind::avg_pool));

/// Output i reads input p exactly where p reaches i, by a loop over the kernel.
TEST(Reach, EqualsTheLoopOverTheKernel) {
  Random random(8);
  for (int round = 0; round < 300; ++round) {
    PoolSide side{.size = between(random, 1, 12),
                  .windows = between(random, 1, 8),
                  .kernel = between(random, 1, 5),
                  .stride = between(random, 1, 4),
                  .dilation = between(random, 1, 3)};
    side.before = between(random, 0, 4);
    const std::int64_t begin = between(random, 0, side.size - 1), end = between(random, begin + 1, side.size);
    Reach expected;
    for (std::int64_t output = 0; output < side.windows; ++output) {
      const Reach read = read_by(side, {output, output + 1});
      EXPECT_EQ(read.first, output * side.stride - side.before);
      EXPECT_EQ(read.last - 1, read.first + side.dilation * (side.kernel - 1));
      for (std::int64_t p = read.first; p < read.last; p += side.dilation)
        if (p >= begin && p < end) expected = joined(expected, {output, output + 1});
    }
    EXPECT_EQ(reached(side, {begin, end}), expected);
  }
}

TEST(Reach, OfSeveralOutputsIsWhatAllOfThemRead) {
  const PoolSide side{.size = 20, .windows = 9, .kernel = 3, .stride = 2, .dilation = 2, .before = 1};
  EXPECT_EQ(read_by(side, {2, 5}), joined(read_by(side, {2, 3}), read_by(side, {4, 5})));
}

TEST(Reach, OfNothingIsNothing) {
  const PoolSide every_second{.size = 8, .windows = 4, .stride = 2};
  EXPECT_TRUE(reached(every_second, {3, 4}).empty());
  EXPECT_TRUE(reached(every_second, Reach{}).empty());
  EXPECT_EQ(joined(Reach{}, {3, 5}), (Reach{3, 5}));
  EXPECT_EQ(joined({3, 5}, Reach{}), (Reach{3, 5}));
}

/// Two convolutions, a pool and a shortcut, by hand: 4 pixels reach 6, then 6/2 or one more, then 2 more.
TEST(WindowPlan, HasTheLargestWindowOfAllPositions) {
  test::Toy toy(40, 40);
  const int first = toy.conv("first", 0, 3, 2, 3);
  const int pool = toy.add(Kind::max_pool, "pool", {first}, {.kernel = {2, 2}, .stride = {2, 2}});
  const int second = toy.conv("second", pool, 2, 2, 3);
  const int sum = toy.add(Kind::add, "sum", {second, pool});
  const int wide = toy.conv("wide", sum, 2, 2, 15);
  const int logits = toy.linear("logits", wide, 2 * 20 * 20, 3);
  const Network network = toy.network();
  const std::vector<bool> anywhere(40 + 4 - 1, true);
  const WindowPlan plan(network, output_shapes(network), {.size = {4, 4}, .places = {anywhere, anywhere}});
  const std::vector<std::int64_t> tops{0, 10, 11, 36}, lefts{-3, 20, 20, 39};
  const auto at = [&](int layer) { return plan.windows(layer, tops, lefts); };
  EXPECT_EQ(at(0), (Cuts{{4, 4}, {{{0, 10, 11, 36}, {0, 20, 20, 36}}}}));
  EXPECT_EQ(at(first), (Cuts{{6, 6}, {{{0, 9, 10, 34}, {0, 19, 19, 34}}}}));
  EXPECT_EQ(at(pool), (Cuts{{4, 4}, {{{0, 4, 5, 16}, {0, 9, 9, 16}}}}));
  EXPECT_EQ(at(second).size, (std::array<std::int64_t, 2>{6, 6}));
  EXPECT_EQ(at(sum), at(second));
  EXPECT_TRUE(plan.is_whole(wide) && plan.is_whole(logits));
  EXPECT_FALSE(plan.is_whole(sum));
  EXPECT_EQ(plan.work().asked, 54 * 1600 + 36 * 400 + 900 * 400 + 2400);
  EXPECT_EQ(plan.work().done, 54 * 36 + 36 * 36 + 900 * 400 + 2400);
}

/// One convolution of 5 pixels: what a rectangle of 10 changes on a side of 40 is 14 wide, or what lies
/// inside.
TEST(WindowPlans, PlacesNearTheEdgeHaveSmallerWindows) {
  test::Toy toy(40, 40);
  const int conv = toy.conv("conv", 0, 3, 2, 5);
  toy.linear("logits", conv, 2 * 40 * 40, 3);
  const Network network = toy.network();
  const std::vector<int> classes = place_classes(network, output_shapes(network), 0, 10);
  ASSERT_EQ(classes.size(), 49u);
  const auto changed = [](std::int64_t top) {
    return std::min<std::int64_t>(top + 12, 40) - std::max<std::int64_t>(top - 2, 0);
  };
  const WindowPlans plans(network);
  const std::vector<double> most{1, 0.85, 0.7, 0.5};
  for (std::int64_t top = -9; top < 40; ++top) {
    const double share = static_cast<double>(changed(top)) / 14;
    const int expected = share >= 0.85 ? 0 : share >= 0.7 ? 1 : share >= 0.5 ? 2 : 3;
    EXPECT_EQ(classes[top + 9], expected) << top;
    const WindowPlan& plan = plans.plan(plans.key(top, 15, 10, 10));
    const Cuts windows = plan.windows(conv, {{top}}, {{15}});
    EXPECT_GE(windows.size[0], changed(top));
    EXPECT_LE(static_cast<double>(windows.size[0]), 14 * most[expected]);
    EXPECT_LE(windows.first[0][0], std::max<std::int64_t>(top - 2, 0));
    EXPECT_GE(windows.first[0][0] + windows.size[0], std::min<std::int64_t>(top + 12, 40));
    EXPECT_EQ(windows.size[1], 14);
  }
}

}  // namespace
}  // namespace assay
