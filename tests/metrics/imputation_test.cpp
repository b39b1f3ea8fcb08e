#include "metrics/imputation.h"

#include "harness/core/seed.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

constexpr std::int64_t kRows = 9, kColumns = 7;

Tensor holes(double share, std::uint64_t seed) {
  return test::random_tensor({kRows, kColumns}, 0, 1, seed) < share;
}

/// The weighted mean of a pixel's neighbours.
double neighbour_mean(const at::TensorAccessor<double, 2>& plane, std::int64_t row, std::int64_t column) {
  double sum = 0, weights = 0;
  for (std::int64_t y = row - 1; y <= row + 1; ++y)
    for (std::int64_t x = column - 1; x <= column + 1; ++x) {
      if (y < 0 || y >= kRows || x < 0 || x >= kColumns || (y == row && x == column)) continue;
      const double weight = y == row || x == column ? 1.0 / 6 : 1.0 / 12;
      sum += weight * plane[y][x];
      weights += weight;
    }
  return sum / weights;
}

/// Gauss-Seidel: replaces each removed pixel by its neighbours' mean until nothing moves.
Tensor slowly_imputed(const Tensor& image, const Tensor& removed) {
  const Tensor found = image.to(at::kDouble).clone();
  const auto unknown = removed.accessor<bool, 2>();
  for (std::int64_t channel = 0; channel < image.size(0); ++channel) {
    const Tensor plane = found[channel];
    auto values = plane.accessor<double, 2>();
    for (int round = 0; round < 5000; ++round)
      for (std::int64_t row = 0; row < kRows; ++row)
        for (std::int64_t column = 0; column < kColumns; ++column)
          if (unknown[row][column]) values[row][column] = neighbour_mean(values, row, column);
  }
  return found;
}

TEST(Imputation, EqualsGaussSeidel) {
  const Tensor image = test::random_tensor({2, kRows, kColumns}, 0, 255, 1);
  for (const double share : {0.1, 0.5, 0.9}) {
    const Tensor removed = holes(share, 2);
    const Tensor found = Imputer(image).impute(removed);
    EXPECT_LE((found - slowly_imputed(image, removed)).abs().max().item<double>(), 1e-3) << share;
    EXPECT_TRUE(at::equal(at::where(removed, image, found), image));  // what is there stays
  }
}

/// A ramp is its own mean in the middle of the image: nothing is lost there.
TEST(Imputation, ARampComesBack) {
  const Tensor ramp =
      (at::arange(kRows).unsqueeze(1) * 10 + at::arange(kColumns)).to(at::kFloat).unsqueeze(0);
  const Tensor removed = at::zeros({kRows, kColumns}, at::kBool);
  removed.slice(0, 2, kRows - 2).slice(1, 2, kColumns - 2).fill_(true);
  EXPECT_LE((Imputer(ramp).impute(removed) - ramp).abs().max().item<double>(), 1e-4);
}

TEST(Imputation, WhatWasRemovedDoesNotCount) {
  const Tensor image = test::random_tensor({1, kRows, kColumns}, 0, 255, 3), removed = holes(0.6, 4);
  const Tensor other = at::where(removed, at::full_like(image, 7), image);
  EXPECT_LE((Imputer(image).impute(removed) - Imputer(other).impute(removed)).abs().max().item<double>(),
            1e-3);
}

TEST(Imputation, GrowingSetsAreAsGoodAsFreshOnes) {
  const Tensor image = test::random_tensor({3, kRows, kColumns}, 0, 255, 5);
  Imputer growing(image);
  for (const double share : {0.2, 0.5, 0.95}) {
    const Tensor removed = holes(share, 6);
    EXPECT_LE((growing.impute(removed) - Imputer(image).impute(removed)).abs().max().item<double>(), 1e-3);
  }
}

TEST(Imputation, AllButOnePixelIsThatPixel) {
  const Tensor image = test::random_tensor({1, kRows, kColumns}, 0, 255, 7);
  const Tensor removed = at::ones({kRows, kColumns}, at::kBool);
  removed[4][3].fill_(false);
  const Tensor found = Imputer(image).impute(removed);
  EXPECT_LE((found - image[0][4][3]).abs().max().item<double>(), 1e-2);
}

}  // namespace
}  // namespace assay
