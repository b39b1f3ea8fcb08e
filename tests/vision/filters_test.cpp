#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

Tensor noise(std::vector<std::int64_t> shape, at::ScalarType type = at::kFloat) {
  const auto generator = at::detail::createCPUGenerator(7);
  return at::rand(shape, generator, at::TensorOptions().dtype(at::kDouble)).mul(255).to(type);
}

double max_difference(const Tensor& a, const Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

std::int64_t reflect(std::int64_t i, std::int64_t n) {
  if (n == 1) return 0;
  while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
  return i;
}

/// Two-dimensional sums in double, one pixel at a time.
Tensor slow_blur(const Tensor& images, std::int64_t size, double sigma) {
  const std::int64_t height = images.size(2), width = images.size(3), half = size / 2;
  const Tensor in = images.to(at::kDouble).contiguous(), out = at::zeros_like(in);
  const auto from = in.accessor<double, 4>();
  auto to = out.accessor<double, 4>();
  const auto weight = [&](std::int64_t d) {
    return sigma > 0 ? std::exp(-static_cast<double>(d * d) / (2 * sigma * sigma)) : 1.0;
  };
  double total = 0;
  for (std::int64_t d = -half; d <= half; ++d) total += weight(d);
  for (std::int64_t n = 0; n < in.size(0); ++n)
    for (std::int64_t c = 0; c < in.size(1); ++c)
      for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x)
          for (std::int64_t dy = -half; dy <= half; ++dy)
            for (std::int64_t dx = -half; dx <= half; ++dx)
              to[n][c][y][x] += weight(dy) * weight(dx) / (total * total) *
                                from[n][c][reflect(y + dy, height)][reflect(x + dx, width)];
  return out;
}

TEST(Blur, EqualsSumsOverTheReflectedNeighbourhood) {
  const Tensor images = noise({2, 3, 21, 13});
  EXPECT_LT(max_difference(gaussian_blur(images, 5, 1.1), slow_blur(images, 5, 1.1)), 1e-4);
  EXPECT_LT(max_difference(gaussian_blur(images, 17, 2.9), slow_blur(images, 17, 2.9)), 1e-4);
  EXPECT_LT(max_difference(box_blur(images, 17), slow_blur(images, 17, 0)), 1e-4);
}

TEST(Blur, WorksOnImagesSmallerThanTheKernel) {
  const Tensor images = noise({1, 2, 4, 1});
  EXPECT_LT(max_difference(gaussian_blur(images, 17, 2.9), slow_blur(images, 17, 2.9)), 1e-4);
}

TEST(Blur, KeepsConstantImagesAndTypes) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    const Tensor flat = at::full({1, 3, 20, 20}, 93.0, at::TensorOptions().dtype(type));
    EXPECT_EQ(gaussian_blur(flat, 17, 2.9).scalar_type(), type);
    EXPECT_LT(max_difference(gaussian_blur(flat, 17, 2.9), flat), 1e-4);
    EXPECT_LT(max_difference(box_blur(flat, 17), flat), 1e-4);
  }
}

TEST(Blur, ImpulseShowsTheKernelOfOpenCv) {
  const Tensor impulse = at::zeros({1, 1, 9, 9}, at::kDouble);
  impulse[0][0][4][4] = 1;
  const Tensor row = gaussian_blur(impulse, 3, 1.0).sum(2)[0][0];
  EXPECT_NEAR(row[4].item<double>(), 0.45186276, 1e-8);  // 1 / (1 + 2 exp(-1/2)): cv2.getGaussianKernel(3, 1)
  EXPECT_NEAR(row[3].item<double>(), 0.27406862, 1e-8);
  EXPECT_EQ(row[2].item<double>(), 0);
  EXPECT_DOUBLE_EQ(default_sigma(17), 2.9);
  EXPECT_DOUBLE_EQ(default_sigma(5), 1.1);
}

TEST(Dilate, OnceIsTheMaximumOfTheNeighbourhood) {
  const Tensor maps = noise({2, 7, 9}, at::kDouble) - 200;
  const Tensor dilated = dilate(maps, 1);
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t y = 0; y < 7; ++y)
      for (std::int64_t x = 0; x < 9; ++x) {
        double most = -std::numeric_limits<double>::infinity();
        for (std::int64_t v = std::max<std::int64_t>(y - 1, 0); v <= std::min<std::int64_t>(y + 1, 6); ++v)
          for (std::int64_t u = std::max<std::int64_t>(x - 1, 0); u <= std::min<std::int64_t>(x + 1, 8); ++u)
            most = std::max(most, maps[n][v][u].item<double>());
        ASSERT_EQ(dilated[n][y][x].item<double>(), most);
      }
}

TEST(Dilate, NTimesIsOnceNTimes) {
  const Tensor grey = noise({3, 20, 17});
  const Tensor mask = noise({20, 17}) > 248;
  Tensor grey_step = grey, mask_step = mask;
  for (std::int64_t times = 0; times <= 6; ++times) {
    EXPECT_TRUE(at::equal(dilate(grey, times), grey_step));
    EXPECT_TRUE(at::equal(dilate(mask, times), mask_step));
    EXPECT_TRUE(at::equal(dilate(mask.to(at::kByte), times), mask_step.to(at::kByte)));
    grey_step = dilate(grey_step, 1);
    mask_step = dilate(mask_step, 1);
  }
}

double keys(double t) {  // a = -0.75
  constexpr double a = -0.75;
  t = std::abs(t);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? a * (((t - 5) * t + 8) * t - 4) : 0;
}

/// Weights of `n` samples for each of `m` places: half-pixel centres, replicated border.
Tensor resize_matrix(std::int64_t n, std::int64_t m, bool cubic) {
  const Tensor weights = at::zeros({m, n}, at::kDouble);
  for (std::int64_t i = 0; i < m; ++i) {
    const double at = (static_cast<double>(i) + 0.5) * static_cast<double>(n) / static_cast<double>(m) - 0.5;
    const auto base = static_cast<std::int64_t>(std::floor(at));
    for (std::int64_t j = base - 1; j <= base + 2; ++j) {
      const double t = at - static_cast<double>(j);
      weights[i][std::clamp<std::int64_t>(j, 0, n - 1)] += cubic ? keys(t) : std::max(0.0, 1 - std::abs(t));
    }
  }
  return weights;
}

TEST(Resize, EqualsSeparableWeights) {
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{57, 40}, {224, 224}, {9, 5}}) {
    const Tensor maps = noise({2, 13, 11}, at::kDouble);
    for (const bool cubic : {true, false}) {
      const Tensor wanted =
          resize_matrix(13, height, cubic).matmul(maps).matmul(resize_matrix(11, width, cubic).t());
      const auto resize = cubic ? resize_bicubic : resize_bilinear;
      EXPECT_LT(max_difference(resize(maps, height, width), wanted), 1e-9);
      EXPECT_LT(max_difference(resize(maps.to(at::kFloat), height, width), wanted), 2e-3);
      EXPECT_EQ(resize(maps, height, width).sizes(), (std::vector<std::int64_t>{2, height, width}));
    }
  }
}

TEST(MinMax, ScalesEachMapOnItsOwn) {
  const Tensor maps = at::tensor({1.0, 3.0, 2.0, 5.0, -4.0, -4.0, 0.0, 4.0}, at::kDouble).view({2, 2, 2});
  const Tensor scaled = min_max(maps);
  EXPECT_EQ(scaled.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(scaled.flatten(), at::tensor({0.0f, 0.5f, 0.25f, 1.0f, 0.0f, 0.0f, 0.5f, 1.0f})));
}

TEST(MinMax, ConstantBecomesZeroAndNanStays) {
  const Tensor maps = at::full({2, 3, 3}, 5.0);
  maps[1][0][0] = std::numeric_limits<float>::quiet_NaN();
  const Tensor scaled = min_max(maps);
  EXPECT_TRUE(at::equal(scaled[0], at::zeros({3, 3})));
  EXPECT_TRUE(at::isnan(scaled[1]).all().item<bool>());
}

TEST(Sobel, IsTheSlopeOfARamp) {
  const Tensor column = at::arange(8, at::kFloat).view({1, 1, 1, 8});
  const Tensor pixels = (3 * column).expand({1, 3, 6, 8});
  const Tensor edges = sobel(pixels);
  EXPECT_EQ(edges.sizes(), (std::vector<std::int64_t>{1, 6, 8}));
  const Tensor inside = edges[0].narrow(1, 1, 6);  // 3 a pixel, over 2 pixels, weights 1 + 2 + 1
  EXPECT_LT(max_difference(inside, at::full_like(inside, 24)), 1e-4);
  EXPECT_LT(edges[0].select(1, 0).abs().max().item<float>(), 1e-4);  // reflected about the border: no slope
  EXPECT_LT(max_difference(sobel(pixels.transpose(2, 3))[0].t(), edges[0]), 1e-4);
}

}  // namespace
}  // namespace assay
