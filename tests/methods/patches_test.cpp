#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "harness/core/error.h"
#include "methods/lower_factor.h"
#include "methods/noise.h"
#include "methods/patch_sampler.h"
#include "methods/patch_statistics.h"
#include "tests/network/largest.h"
#include "tests/temporary_folder.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

TEST(LowerFactor, TimesItsTransposeIsTheMatrix) {
  const Tensor root = normal({6, 6}, 5).to(at::kDouble), matrix = root.matmul(root.t());
  const Tensor factor = lower_factor(matrix);
  EXPECT_TRUE(at::equal(factor, factor.tril()));
  EXPECT_LE(largest(factor.matmul(factor.t()) - matrix), 1e-12 * largest(matrix));
  EXPECT_TRUE(at::allclose(lower_factor(exact({4, 2, 2, 10}, {2, 2})), exact({2, 0, 1, 3}, {2, 2})));
}

TEST(LowerFactor, OfAMatrixWithoutFullRank) {
  const Tensor thin = normal({5, 2}, 6).to(at::kDouble), matrix = thin.matmul(thin.t());
  const Tensor factor = lower_factor(matrix);
  EXPECT_LE(largest(factor.matmul(factor.t()) - matrix), 1e-6 * largest(matrix));
  EXPECT_EQ(largest(factor.narrow(1, 2, 3)), 0);
  EXPECT_EQ(largest(lower_factor(at::zeros({3, 3}, at::kDouble))), 0);
}

TEST(NormalNoise, HasTheMomentsOfANormalDistribution) {
  const Tensor values = normal_noise({3, 10'001}, 8);
  EXPECT_NEAR(values.mean().item<double>(), 0, 0.03);
  EXPECT_NEAR(values.square().mean().item<double>(), 1, 0.05);
  EXPECT_NEAR(values.pow(4).mean().item<double>(), 3, 0.3);
  EXPECT_TRUE(at::equal(values, normal_noise({3, 10'001}, 8)));
  EXPECT_FALSE(at::equal(values, normal_noise({3, 10'001}, 9)));
}

Tensor bytes(at::IntArrayRef shape, std::uint64_t seed) {
  return (normal(shape, seed) * 50 + 128).clamp(0, 255).to(at::kByte);
}

/// Images of the size of a patch have one place for it.
TEST(PatchFit, IsMeanAndCovarianceOfThePatches) {
  PatchFit fit(2, 2, 2, 3);
  std::vector<Tensor> images;
  for (std::uint64_t i = 0; i < 4; ++i) fit.add(images.emplace_back(bytes({3, 2, 2}, 20 + i)), 1 + i % 2, i);
  EXPECT_EQ(fit.images(), 4);
  EXPECT_EQ(fit.patches(), 6);
  const PatchStatistics found = fit.finish();
  for (std::int64_t channel = 0; channel < 3; ++channel)
    for (std::int64_t a = 0; a < 4; ++a)
      for (std::int64_t b = 0; b < 4; ++b) {
        double sum_a = 0, sum_b = 0, product = 0;
        for (std::size_t i = 0; i < 4; ++i) {
          const Tensor patch = images[i][channel].reshape({-1}).to(at::kDouble);
          const double times = 1 + i % 2, x = patch[a].item<double>(), y = patch[b].item<double>();
          sum_a += times * x;
          sum_b += times * y;
          product += times * x * y;
        }
        const double expected = product / 6 - sum_a / 6 * sum_b / 6 + (a == b ? 1.0 / 12 : 0);
        EXPECT_NEAR(found.mean[channel][a].item<double>(), sum_a / 6, 1e-9);
        EXPECT_NEAR(found.covariance[channel][a][b].item<double>(), expected, 1e-6);
      }
  const Tensor all = at::stack(images);
  EXPECT_TRUE(at::equal(found.low, std::get<0>(all.min(0))));
  EXPECT_TRUE(at::equal(found.high, std::get<0>(all.max(0))));
  EXPECT_TRUE(at::equal(found.images, all.narrow(0, 0, 3)));
}

/// Every place of an image with a column of its own brightness is drawn as often as any other.
TEST(PatchFit, PlacesAreUniformAndBelongToTheSeed) {
  const Tensor image = (at::arange(5) * 10).to(at::kByte).expand({3, 4, 5}).contiguous();
  const auto fitted = [&](std::uint64_t seed) {
    PatchFit fit(4, 5, 2, 0);
    fit.add(image, 2500, seed);
    return fit.finish();
  };
  const PatchStatistics found = fitted(1);
  EXPECT_NEAR(found.mean[0][0].item<double>(), 15, 1);  // of 0, 10, 20, 30
  EXPECT_NEAR(found.mean[2][3].item<double>() - found.mean[2][2].item<double>(), 10, 1e-9);
  EXPECT_NEAR(found.covariance[1][0][0].item<double>(), 125 + 1.0 / 12, 8);
  EXPECT_TRUE(at::equal(found.covariance, fitted(1).covariance));
  EXPECT_FALSE(at::equal(found.covariance, fitted(2).covariance));
  EXPECT_EQ(found.images.size(0), 0);
}

TEST(PatchStatistics, AreCutToTheMiddleAndTurned) {
  const Tensor mean = at::arange(3 * 16, at::kDouble).view({3, 16});
  const Tensor covariance = at::arange(3 * 256, at::kDouble).view({3, 16, 16});
  const Tensor low = bytes({3, 6, 7}, 1), images = bytes({2, 3, 6, 7}, 2);
  const PatchStatistics whole{mean, covariance, low, low + 1, images}, cut = whole.cut_to(2);
  EXPECT_EQ(whole.side(), 4);
  EXPECT_TRUE(at::equal(cut.mean[0], exact({5, 6, 9, 10}, {4})));
  EXPECT_EQ(cut.covariance[2][1][3].item<double>(), 2 * 256 + 6 * 16 + 10);
  const PatchStatistics turned = whole.in_order(true);
  EXPECT_TRUE(at::equal(turned.mean[0], mean[2]));
  EXPECT_TRUE(at::equal(turned.covariance[1], covariance[1]));
  EXPECT_TRUE(at::equal(turned.images[1][0], images[1][2]));
  EXPECT_TRUE(at::equal(whole.in_order(false).low, low));
}

std::string loading_error(const std::string& file) {
  try {
    load_patches(file);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(PatchStatistics, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  PatchFit fit(5, 6, 3, 2);
  for (std::uint64_t i = 0; i < 3; ++i) fit.add(bytes({3, 5, 6}, 30 + i), 40, i);
  const PatchStatistics written = fit.finish();
  const std::string file = folder / "p.safetensors";
  save_patches(written, file);
  const PatchStatistics read = load_patches(file);
  EXPECT_TRUE(at::equal(read.mean, written.mean));
  EXPECT_TRUE(at::equal(read.covariance, written.covariance));
  EXPECT_TRUE(at::equal(read.low, written.low));
  EXPECT_TRUE(at::equal(read.high, written.high));
  EXPECT_TRUE(at::equal(read.images, written.images));
  PatchStatistics wrong = written;
  wrong.covariance = written.covariance.narrow(1, 0, 8).contiguous();
  save_patches(wrong, file);
  EXPECT_EQ(loading_error(file), file + ": tensor 'covariance' is not what 'assay fit-patches' writes");
  EXPECT_THAT(loading_error(folder / "none"), HasSubstr("cannot be opened"));
}

// A field of variance 100 whose values are as alike as steps between them are few, rho^(|dy| + |dx|): given
// its neighbours, a value depends on the next ones only.

Tensor powers(double rho, std::int64_t n) {
  const Tensor places = at::arange(n, at::kDouble);
  return at::pow(rho, (places.unsqueeze(0) - places.unsqueeze(1)).abs());
}

Tensor product(const Tensor& rows, const Tensor& columns) {  // Kronecker
  const std::int64_t n = rows.size(0), m = columns.size(0);
  return (rows.view({n, 1, n, 1}) * columns.view({1, m, 1, m})).reshape({n * m, n * m});
}

constexpr double kRho[] = {0.5, 0.8, -0.3};

PatchStatistics field(std::int64_t side, std::int64_t size) {
  std::vector<Tensor> covariance;
  for (const double rho : kRho) covariance.push_back(100 * product(powers(rho, side), powers(rho, side)));
  return {.mean = at::full({3, side * side}, 128, at::kDouble),
          .covariance = at::stack(covariance),
          .low = at::zeros({3, size, size}, at::kByte),
          .high = at::full({3, size, size}, 255, at::kByte),
          .images = at::empty({0, 3, size, size}, at::kByte)};
}

/// A row of the inverse of powers(rho, 3), divided by its diagonal; and the square root of 1 / that.
struct Neighbours {
  std::array<double, 3> weights;
  double deviation;
};
Neighbours neighbours_of(double rho, std::int64_t place) {
  if (place == 0) return {{1, -rho, 0}, std::sqrt(1 - rho * rho)};
  const double w = -rho / (1 + rho * rho);
  return {{w, 1, w}, std::sqrt((1 - rho * rho) / (1 + rho * rho))};
}

TEST(PatchSampler, OfAFieldOfKnownNeighbours) {
  PatchSampler sampler(field(3, 5), 1);
  const Tensor image = normal({3, 5, 5}, 40).to(at::kDouble) * 10 + 128;
  const std::int64_t n = 4000;
  struct Case {
    std::int64_t top, left, row, column;  // the window, and the first pixel of its patch
  };
  for (const Case& c : {Case{2, 2, 1, 1}, Case{0, 0, 0, 0}, Case{0, 3, 0, 2}}) {
    const Tensor drawn = sampler.draw(image, c.top, c.left, n, 7);
    ASSERT_EQ(drawn.sizes(), (std::vector<std::int64_t>{n, 3, 1, 1}));
    for (std::int64_t channel = 0; channel < 3; ++channel) {
      const Neighbours down = neighbours_of(kRho[channel], c.top - c.row);
      const Neighbours right = neighbours_of(kRho[channel], c.left - c.column);
      double mean = 128;
      for (std::int64_t y = 0; y < 3; ++y)
        for (std::int64_t x = 0; x < 3; ++x)
          if (y != c.top - c.row || x != c.left - c.column)
            mean -= down.weights[y] * right.weights[x] *
                    (image[channel][c.row + y][c.column + x].item<double>() - 128);
      const double deviation = 10 * down.deviation * right.deviation;
      const Tensor values = drawn.select(1, channel).reshape({-1});
      EXPECT_NEAR(values.mean().item<double>(), mean, 5 * deviation / std::sqrt(n))
          << c.top << " " << channel;
      EXPECT_NEAR((values - values.mean()).square().mean().sqrt().item<double>(), deviation, 0.06 * deviation)
          << c.top << " " << channel;
    }
  }
}

TEST(PatchSampler, PixelsOfAWindowVaryTogether) {
  PatchSampler sampler(field(4, 6), 2);
  const Tensor image = at::full({3, 6, 6}, 128, at::kDouble);
  const Tensor drawn = sampler.draw(image, 3, 2, 20'000, 3);
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    const double rho = kRho[channel], square = rho * rho;
    const Tensor side = exact({1 + square, rho, rho, 1 + square}, {2, 2}) *
                        ((1 - square) / ((1 + square) * (1 + square) - square));
    const Tensor expected = 100 * product(side, side);
    const Tensor values = drawn.select(1, channel).reshape({20'000, 4}) - 128;
    const Tensor found = values.t().matmul(values) / 20'000;
    EXPECT_LE(largest(found - expected), 0.06 * largest(expected)) << channel;
  }
}

TEST(PatchSampler, StaysWithinWhatWasSeenAndBelongsToTheSeed) {
  PatchStatistics narrow = field(3, 5);
  narrow.low.fill_(126);
  narrow.high.fill_(130);
  narrow.high[1][2][2] = 127;
  PatchSampler sampler(narrow, 2);
  const Tensor image = at::full({3, 5, 5}, 128, at::kDouble);
  const Tensor drawn = sampler.draw(image, 2, 1, 50, 4);
  EXPECT_EQ(drawn.min().item<double>(), 126);
  EXPECT_EQ(drawn.max().item<double>(), 130);
  EXPECT_EQ(drawn.select(1, 1).select(1, 0).select(1, 1).max().item<double>(), 127);
  EXPECT_TRUE(at::equal(drawn, PatchSampler(narrow, 2).draw(image, 2, 1, 50, 4)));
  EXPECT_FALSE(at::equal(drawn, sampler.draw(image, 2, 1, 50, 5)));
}

}  // namespace
}  // namespace assay::test
