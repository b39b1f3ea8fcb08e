#include "harness/network/blocked.h"

#include <gtest/gtest.h>

#include "harness/network/cuts.h"
#include "tests/network/largest.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::largest;
using test::normal;

class Blocked : public testing::TestWithParam<std::int64_t> {
 protected:
  /// What a layer makes of blocked inputs equals what it makes of plain ones.
  void expect_same(Layer layer, const std::vector<Tensor>& inputs, double tolerance) const {
    layer.reads_blocks = true;
    std::vector<Tensor> blocked;
    for (const Tensor& input : inputs) blocked.push_back(to_blocked(input, GetParam()));
    const Tensor expected = Network::run(layer, inputs);
    const Tensor found = to_plain(Network::run(layer, blocked));
    ASSERT_EQ(found.sizes(), expected.sizes()) << layer.name;
    EXPECT_LE(largest(found - expected), tolerance) << name_of(layer.kind);
  }
  Tensor maps(std::uint64_t seed) const { return normal({2, 48, 9, 7}, seed); }
};

INSTANTIATE_TEST_SUITE_P(Blocks, Blocked, testing::Values(8, 16));

TEST_P(Blocked, ChannelsStandSideBySide) {
  const Tensor x = maps(1), blocked = to_blocked(x, GetParam());
  ASSERT_EQ(blocked.sizes(), (at::IntArrayRef{2, 48 / GetParam(), 9, 7, GetParam()}));
  EXPECT_EQ(blocked[1][2][3][4][5].item<float>(), x[1][2 * GetParam() + 5][3][4].item<float>());
  EXPECT_TRUE(at::equal(to_plain(blocked), x));
  EXPECT_TRUE(at::equal(to_plain(to_blocked(blocked, 24 - GetParam())), x));
}

TEST_P(Blocked, PoolsEqualPlainOnes) {
  const std::vector<Attributes> windows{
      {.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true},
      {.kernel = {3, 2}, .stride = {1, 2}, .pad = {1, 0, 0, 1}},
      {.kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .count_include_pad = true},
      {.kernel = {2, 3},
       .stride = {3, 2},
       .pad = {0, 1, 1, 1},
       .ceil_mode = true,
       .count_include_pad = true}};
  for (const Attributes& a : windows) {
    expect_same({.kind = Kind::max_pool, .name = "max", .inputs = {0}, .attributes = a}, {maps(2)}, 0);
    expect_same({.kind = Kind::avg_pool, .name = "average", .inputs = {0}, .attributes = a}, {maps(3)}, 1e-6);
  }
  const Attributes dilated{.kernel = {2, 3}, .pad = {1, 0, 1, 2}, .dilation = {3, 2}};
  expect_same({.kind = Kind::max_pool, .name = "max", .inputs = {0}, .attributes = dilated}, {maps(4)}, 0);
}

TEST_P(Blocked, MaxPoolKeepsNotANumber) {
  Tensor x = maps(5);
  x[1][20][4][4] = std::nan("");
  const Layer pool{.kind = Kind::max_pool,
                   .name = "max",
                   .inputs = {0},
                   .attributes = {.kernel = {3, 3}},
                   .reads_blocks = true};
  const Tensor y = to_plain(Network::run(pool, {{to_blocked(x, GetParam())}}));
  EXPECT_TRUE(at::equal(y.isnan(), Network::run(pool, {{x}}).isnan()));
  EXPECT_EQ(y.isnan().sum().item<int>(), 9);
}

TEST_P(Blocked, LrnEqualsThePlainOne) {
  for (const std::int64_t size : {3, 4, 5, 16})
    for (const double beta : {0.75, 0.5})
      expect_same({.kind = Kind::lrn,
                   .name = "lrn",
                   .inputs = {0},
                   .attributes = {.size = size, .alpha = 0.3, .beta = beta, .k = 1.5}},
                  {maps(6) * 3}, 1e-6);
  const Tensor many_pixels = normal({1, 32, 13, 17}, 7);
  expect_same({.kind = Kind::lrn, .name = "lrn", .inputs = {0}}, {many_pixels}, 1e-6);
}

TEST_P(Blocked, OtherKindsEqualPlainOnes) {
  const std::vector<Tensor> one{maps(8)}, two{maps(9), maps(10)};
  for (const Kind kind : {Kind::relu, Kind::relu6, Kind::leaky_relu, Kind::dropout, Kind::global_max_pool,
                          Kind::flatten, Kind::softmax, Kind::pad_channels})
    expect_same({.kind = kind, .name = "one", .inputs = {0}, .attributes = {.slope = 0.1, .before = 8}}, one,
                0);
  expect_same({.kind = Kind::global_avg_pool, .name = "mean", .inputs = {0}}, one, 1e-6);
  for (const Kind kind : {Kind::add, Kind::concat})
    expect_same({.kind = kind, .name = "two", .inputs = {0, 0}}, two, 0);
}

TEST_P(Blocked, MixedLayoutsMeet) {
  const Layer sum{.kind = Kind::add, .name = "sum", .inputs = {0, 0}, .reads_blocks = true};
  const Tensor a = maps(11), b = maps(12);
  const Tensor expected = a + b;
  EXPECT_TRUE(at::equal(to_plain(Network::run(sum, {{to_blocked(a, GetParam()), b}})), expected));
  EXPECT_TRUE(at::equal(to_plain(Network::run(sum, {{a, to_blocked(b, GetParam())}})), expected));
  EXPECT_TRUE(at::equal(to_plain(Network::run(sum, {{to_blocked(a, 8), to_blocked(b, 16)}})), expected));
}

TEST_P(Blocked, CutsEqualPlainOnes) {
  const Tensor base = normal({1, 48, 9, 7}, 13), values = normal({2, 48, 3, 2}, 14);
  const Cuts changed{.size = {3, 2}, .first = {{{0, 6}, {5, 2}}}};
  const Cuts wanted{.size = {5, 4}, .first = {{{-1, 5}, {4, -2}}}};
  const Tensor blocked_base = to_blocked(base, GetParam()), blocked_values = to_blocked(values, GetParam());
  EXPECT_TRUE(at::equal(to_plain(cut(blocked_base, blocked_values, changed, wanted, -2)),
                        cut(base, values, changed, wanted, -2)));
  EXPECT_TRUE(at::equal(to_plain(cut(blocked_base, wanted, 0)), cut(base, wanted, 0)));
}

}  // namespace
}  // namespace assay
