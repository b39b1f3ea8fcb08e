#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "harness/network/linear.h"
#include "harness/network/network.h"
#include "tests/network/largest.h"
#include "tests/threads.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::largest;
using test::normal;
using test::single;

Tensor run(const Layer& layer, std::vector<Tensor> inputs) {
  const at::NoGradGuard no_grad;
  return Network::run(layer, inputs);
}

/// The same with a gradient wanted: the path of autograd instead of the plain loops.
Tensor run_recorded(const Layer& layer, std::vector<Tensor> inputs) {
  for (Tensor& input : inputs) input = input.detach().clone().set_requires_grad(true);
  return Network::run(layer, inputs).detach();
}

double largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return a.sizes() == b.sizes() ? (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>()
                                : std::numeric_limits<double>::infinity();
}

/// Both paths of a layer against what is expected, [N,C,h,w] in double.
void expect_both(const Layer& layer, const std::vector<Tensor>& inputs, const Tensor& expected,
                 double tolerance) {
  EXPECT_LE(largest_difference(run(layer, inputs), expected), tolerance);
  EXPECT_LE(largest_difference(run_recorded(layer, inputs), expected), tolerance);
}

/// A value of x [N,C,H,W], or `outside` beyond its edges.
double value_at(const Tensor& x, std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column,
                double outside) {
  const bool inside = row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3);
  return inside ? x[n][c][row][column].item<double>() : outside;
}

/// First input row (in unpadded coordinates) of every window along one side, by stepping one window after the
/// other.
std::vector<std::int64_t> window_starts(std::int64_t size, std::int64_t reach, std::int64_t stride,
                                        std::int64_t before, std::int64_t after, bool ceil_mode) {
  std::vector<std::int64_t> starts;
  const std::int64_t end = size + after;
  for (std::int64_t start = -before;; start += stride) {
    const bool fits = start + reach <= end;
    const bool previous_stopped_short = starts.empty() || starts.back() + reach < end;
    if (!fits && !(ceil_mode && previous_stopped_short && start < size)) return starts;
    starts.push_back(start);
  }
}

struct Windows {
  std::vector<std::int64_t> rows, columns;
};

Windows windows_of(const Tensor& x, const Attributes& a) {
  const auto along = [&](int side) {
    return window_starts(x.size(2 + side), a.dilation[side] * (a.kernel[side] - 1) + 1, a.stride[side],
                         a.pad[side], a.pad[side + 2], a.ceil_mode);
  };
  return {along(0), along(1)};
}

/// Calls visit(kernel row, kernel column, row, column) for each position of the window that starts at (top,
/// left).
void each_position(const Attributes& a, std::int64_t top, std::int64_t left,
                   const std::function<void(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& visit) {
  for (std::int64_t i = 0; i < a.kernel[0]; ++i)
    for (std::int64_t j = 0; j < a.kernel[1]; ++j)
      visit(i, j, top + i * a.dilation[0], left + j * a.dilation[1]);
}

/// y[n][c][i][j] = compute(n, c, top, left) over all windows.
Tensor slide(const Tensor& x, const Attributes& a, std::int64_t channels,
             const std::function<double(std::int64_t, std::int64_t, std::int64_t, std::int64_t)>& compute) {
  const auto [rows, columns] = windows_of(x, a);
  const auto height = static_cast<std::int64_t>(rows.size()),
             width = static_cast<std::int64_t>(columns.size());
  Tensor y = at::zeros({x.size(0), channels, height, width}, at::kDouble);
  for (std::int64_t n = 0; n < x.size(0); ++n)
    for (std::int64_t c = 0; c < channels; ++c)
      for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j) y[n][c][i][j] = compute(n, c, rows[i], columns[j]);
  return y;
}

Tensor slow_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const Attributes& a) {
  const std::int64_t outputs = weight.size(0), per_group = weight.size(1);
  return slide(x, a, outputs, [&](std::int64_t n, std::int64_t o, std::int64_t top, std::int64_t left) {
    double sum = bias.defined() ? bias[o].item<double>() : 0;
    const std::int64_t first = o / (outputs / a.groups) * per_group;
    each_position(a, top, left, [&](std::int64_t i, std::int64_t j, std::int64_t row, std::int64_t column) {
      for (std::int64_t c = 0; c < per_group; ++c)
        sum += weight[o][c][i][j].item<double>() * value_at(x, n, first + c, row, column, 0);
    });
    return sum;
  });
}

Tensor slow_max_pool(const Tensor& x, const Attributes& a) {
  return slide(x, a, x.size(1), [&](std::int64_t n, std::int64_t c, std::int64_t top, std::int64_t left) {
    double best = -std::numeric_limits<double>::infinity();
    each_position(a, top, left, [&](std::int64_t, std::int64_t, std::int64_t row, std::int64_t column) {
      best = std::max(best, value_at(x, n, c, row, column, best));
    });
    return best;
  });
}

Tensor slow_avg_pool(const Tensor& x, const Attributes& a) {
  const bool padding_counts = a.count_include_pad;
  return slide(x, a, x.size(1), [&](std::int64_t n, std::int64_t c, std::int64_t top, std::int64_t left) {
    double sum = 0, count = 0;
    each_position(a, top, left, [&](std::int64_t, std::int64_t, std::int64_t row, std::int64_t column) {
      const std::int64_t rows = x.size(2) + (padding_counts ? a.pad[2] : 0);
      const std::int64_t columns = x.size(3) + (padding_counts ? a.pad[3] : 0);
      const bool counts = row < rows && column < columns && (padding_counts || (row >= 0 && column >= 0));
      count += counts;
      sum += value_at(x, n, c, row, column, 0);
    });
    return sum / count;
  });
}

class ConvTest : public testing::TestWithParam<Attributes> {};

TEST_P(ConvTest, EqualsTheSlowLoop) {
  const Attributes& a = GetParam();
  const Tensor x = normal({2, 4, 9, 8}, 1);
  const Tensor weight = normal({6, 4 / a.groups, a.kernel[0], a.kernel[1]}, 2), bias = normal({6}, 3);
  Layer layer{
      .kind = Kind::conv, .name = "conv", .attributes = a, .parameters = {{"w", weight}, {"b", bias}}};
  expect_both(layer, {x}, slow_conv(x, weight, bias, a), 1e-5);
  layer.parameters.pop_back();
  expect_both(layer, {x}, slow_conv(x, weight, Tensor(), a), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Settings, ConvTest,
    testing::Values(Attributes{.kernel = {3, 3}},
                    Attributes{.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}},
                    Attributes{.kernel = {3, 3}, .stride = {2, 2}, .pad = {0, 0, 1, 1}},
                    Attributes{.kernel = {3, 2}, .stride = {1, 2}, .pad = {2, 0, 1, 3}},
                    Attributes{.kernel = {3, 3}, .pad = {2, 2, 2, 2}, .dilation = {2, 2}, .groups = 2},
                    Attributes{.kernel = {1, 1}, .stride = {2, 2}, .groups = 2}));

class PoolTest : public testing::TestWithParam<Attributes> {};

TEST_P(PoolTest, MaximumEqualsTheSlowLoop) {
  const Tensor x = normal({2, 3, 9, 8}, 4) - 3;  // mostly negative: padding with 0 instead of -inf would win
  const Layer layer{.kind = Kind::max_pool, .name = "pool", .attributes = GetParam()};
  expect_both(layer, {x}, slow_max_pool(x, GetParam()), 0);
}

TEST_P(PoolTest, AverageEqualsTheSlowLoop) {
  const Tensor x = normal({2, 3, 9, 8}, 5);
  Attributes a = GetParam();
  a.dilation = {1, 1};
  for (const bool include : {false, true}) {
    a.count_include_pad = include;
    expect_both({.kind = Kind::avg_pool, .name = "pool", .attributes = a}, {x}, slow_avg_pool(x, a), 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Settings, PoolTest,
    testing::Values(Attributes{.kernel = {2, 2}, .stride = {2, 2}},
                    Attributes{.kernel = {3, 3}, .stride = {2, 2}},
                    Attributes{.kernel = {3, 3}, .stride = {2, 2}, .ceil_mode = true},
                    Attributes{.kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .ceil_mode = true},
                    Attributes{.kernel = {2, 2}, .stride = {3, 3}, .pad = {1, 1, 1, 1}, .ceil_mode = true},
                    Attributes{.kernel = {3, 3}, .stride = {2, 2}, .pad = {0, 0, 1, 1}},
                    Attributes{.kernel = {3, 2}, .stride = {2, 3}, .pad = {1, 0, 0, 1}, .ceil_mode = true},
                    Attributes{.kernel = {2, 3}, .stride = {2, 1}, .pad = {0, 1, 1, 2}, .dilation = {2, 2}},
                    Attributes{.kernel = {9, 8}, .stride = {1, 1}}));

TEST(MaxPool, FirstOfEqualMaximaTakesTheGradient) {
  for (const std::int64_t pad_after : {0, 1}) {
    const Attributes a{.kernel = {2, 2}, .stride = {2, 2}, .pad = {0, 0, pad_after, pad_after}};
    Tensor x = at::ones({1, 1, 2, 2}).set_requires_grad(true);
    const Tensor y = Network::run({.kind = Kind::max_pool, .name = "pool", .attributes = a}, {{x}});
    y.sum().backward();
    EXPECT_TRUE(at::equal(x.grad(), single({1, 0, 0, 0}, {1, 1, 2, 2})));
  }
  Tensor x = at::ones({1, 1, 2, 2}).set_requires_grad(true);
  Network::run({.kind = Kind::global_max_pool, .name = "pool"}, {{x}}).sum().backward();
  EXPECT_TRUE(at::equal(x.grad(), single({1, 0, 0, 0}, {1, 1, 2, 2})));
}

TEST(MaxPool, KeepsNotANumber) {
  const Tensor x = at::zeros({1, 1, 4, 4});
  x[0][0][1][1] = std::numeric_limits<float>::quiet_NaN();
  const Layer layer{
      .kind = Kind::max_pool, .name = "pool", .attributes = {.kernel = {2, 2}, .stride = {2, 2}}};
  const Tensor y = run(layer, {x});
  EXPECT_TRUE(at::equal(y.isnan().to(at::kFloat), single({1, 0, 0, 0}, {1, 1, 2, 2})));
}

Tensor slow_lrn(const Tensor& x, const Attributes& a) {
  Tensor y = at::zeros(x.sizes(), at::kDouble);
  for (std::int64_t n = 0; n < x.size(0); ++n)
    for (std::int64_t c = 0; c < x.size(1); ++c)
      for (std::int64_t i = 0; i < x.size(2); ++i)
        for (std::int64_t j = 0; j < x.size(3); ++j) {
          double squares = 0;
          for (std::int64_t d = c - a.size / 2; d <= c + (a.size - 1) / 2; ++d)
            if (d >= 0 && d < x.size(1)) squares += std::pow(x[n][d][i][j].item<double>(), 2);
          y[n][c][i][j] = x[n][c][i][j].item<double>() /
                          std::pow(a.k + a.alpha / static_cast<double>(a.size) * squares, a.beta);
        }
  return y;
}

TEST(Lrn, EqualsTheSlowLoop) {
  const Tensor x = normal({2, 7, 3, 4}, 6) * 5;
  for (const Attributes& a : {Attributes{.size = 5, .alpha = 0.5, .beta = 0.75, .k = 1},
                              Attributes{.size = 4, .alpha = 1e-1, .beta = 0.75, .k = 2},
                              Attributes{.size = 3, .alpha = 2, .beta = 0.5, .k = 1},
                              Attributes{.size = 15, .alpha = 1, .beta = 0.75, .k = 1}})
    expect_both({.kind = Kind::lrn, .name = "lrn", .attributes = a}, {x}, slow_lrn(x, a), 2e-6);
}

TEST(Lrn, ManyPixelsAreCutIntoPiecesWithoutSeams) {
  const Tensor x = normal({2, 6, 37, 41}, 7) * 5;  // more pixels than one piece holds
  const Layer layer{
      .kind = Kind::lrn, .name = "lrn", .attributes = {.size = 5, .alpha = 1, .beta = 0.75, .k = 1}};
  EXPECT_LE(largest_difference(run(layer, {x}), run_recorded(layer, {x})), 2e-6);
}

TEST(BatchNorm, EqualsItsFormula) {
  const Tensor x = normal({2, 3, 4, 4}, 8), gamma = normal({3}, 9), beta = normal({3}, 10),
               mean = normal({3}, 11);
  const Tensor var = normal({3}, 12).abs() + 0.5;
  const auto column = [](const Tensor& t) { return t.to(at::kDouble).view({1, 3, 1, 1}); };
  const Tensor expected =
      column(gamma) * (x.to(at::kDouble) - column(mean)) / (column(var) + 0.01).sqrt() + column(beta);
  const Layer layer{.kind = Kind::batch_norm,
                    .name = "norm",
                    .attributes = {.epsilon = 0.01},
                    .parameters = {{"gamma", gamma}, {"beta", beta}, {"mean", mean}, {"var", var}}};
  expect_both(layer, {x}, expected, 1e-5);
}

TEST(PointwiseKinds, EqualTheirFormulas) {
  const Tensor x = single({-2, -0.5, 0, 3, 6, 9}, {1, 1, 2, 3});
  const auto expect = [&](const Layer& layer, const std::vector<double>& values) {
    expect_both(layer, {x}, single(values, {1, 1, 2, 3}), 1e-7);
  };
  expect({.kind = Kind::relu, .name = "a"}, {0, 0, 0, 3, 6, 9});
  expect({.kind = Kind::relu6, .name = "a"}, {0, 0, 0, 3, 6, 6});
  expect({.kind = Kind::leaky_relu, .name = "a", .attributes = {.slope = 0.5}}, {-1, -0.25, 0, 3, 6, 9});
  expect({.kind = Kind::dropout, .name = "a"}, {-2, -0.5, 0, 3, 6, 9});
}

TEST(GlobalPools, EqualTheirFormulas) {
  const Tensor x = single({1, 2, 3, 6, -1, -2, -3, -6}, {1, 2, 2, 2});
  expect_both({.kind = Kind::global_avg_pool, .name = "a"}, {x}, single({3, -3}, {1, 2, 1, 1}), 1e-7);
  expect_both({.kind = Kind::global_max_pool, .name = "a"}, {x}, single({6, -1}, {1, 2, 1, 1}), 0);
}

TEST(JoiningKinds, EqualTheirFormulas) {
  const Tensor x = single({1, 2, 3, 4}, {1, 2, 1, 2}), y = single({5, 6, 7, 8}, {1, 2, 1, 2});
  expect_both({.kind = Kind::concat, .name = "a"}, {x, y}, single({1, 2, 3, 4, 5, 6, 7, 8}, {1, 4, 1, 2}), 0);
  expect_both({.kind = Kind::add, .name = "a"}, {x, y, y}, single({11, 14, 17, 20}, {1, 2, 1, 2}), 0);
  expect_both({.kind = Kind::broadcast_like, .name = "a"},
              {single({1, 2}, {1, 2, 1, 1}), at::zeros({1, 5, 1, 3})},
              single({1, 1, 1, 2, 2, 2}, {1, 2, 1, 3}), 0);
}

TEST(PadChannels, TakesEverySecondPixelAndAddsZeroChannels) {
  const Tensor x = single({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 3, 3});
  const Layer layer{.kind = Kind::pad_channels, .name = "a", .attributes = {.before = 1, .after = 2}};
  const Tensor zero = at::zeros({1, 1, 2, 2});
  expect_both(layer, {x}, at::cat({zero, single({1, 3, 7, 9}, {1, 1, 2, 2}), zero, zero}, 1), 0);
}

TEST(Linear, FlattensItsInput) {
  const Tensor x = single({1, 2, 3, 4}, {1, 1, 2, 2});
  const Layer layer{
      .kind = Kind::linear,
      .name = "a",
      .parameters = {{"w", single({1, 0, 0, 1, 1, 1, 1, 1}, {2, 4})}, {"b", single({10, 20}, {2})}}};
  expect_both(layer, {x}, single({15, 30}, {1, 2}), 1e-6);
}

/// Odd numbers of images, inputs and outputs: the ends of packs, of blocks of inputs and of groups of
/// outputs.
TEST(Linear, OfManyImagesIsThatOfEachAndHasItsBitsAnywhere) {
  for (const auto& [images, inputs, outputs] : {std::array{2, 3, 1}, {33, 1031, 7}, {64, 2048, 71}}) {
    const Tensor x = normal({images, inputs}, 1), weight = normal({outputs, inputs}, 2),
                 bias = normal({outputs}, 3);
    const Tensor found = linear(x, weight, bias);
    EXPECT_TRUE(found.is_contiguous());
    const Tensor exact = at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
    EXPECT_LT(largest(found.to(at::kDouble) - exact), 1e-5 * largest(exact));
    const Tensor others = normal({images, inputs}, 4);
    for (int place = 0; place < images; ++place) {
      Tensor among = others.clone();
      among[place].copy_(x[0]);
      const test::Threads threads(1 + place % 2);
      EXPECT_TRUE(at::equal(linear(among, weight, bias)[place], found[0])) << place << " of " << images;
    }
    for (int fewer = 2; fewer < images; ++fewer)
      EXPECT_TRUE(at::equal(linear(x.narrow(0, 0, fewer), weight, bias), found.narrow(0, 0, fewer))) << fewer;
  }
}

TEST(FlattenAndSoftmax, EqualTheirFormulas) {
  const Tensor x = single({0, std::log(3.0)}, {1, 2, 1, 1});
  expect_both({.kind = Kind::flatten, .name = "a"}, {x}, x.view({1, 2}), 0);
  expect_both({.kind = Kind::softmax, .name = "a"}, {x}, single({0.25, 0.75}, {1, 2, 1, 1}), 1e-7);
}

TEST(Kinds, HaveNames) {
  EXPECT_EQ(name_of(Kind::input), "input");
  EXPECT_EQ(name_of(Kind::global_avg_pool), "global_avg_pool");
  EXPECT_EQ(name_of(Kind::opaque), "opaque");
}

}  // namespace
}  // namespace assay
