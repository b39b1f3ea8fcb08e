#include "harness/vision/similarity.h"

#include <gmock/gmock.h>

#include <cmath>

#include "harness/vision/hog.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::exact;
using test::normal;

constexpr SimilarityRules kPlain{.scale = MapScale::none};
constexpr MapScale kScales[] = {MapScale::min_max, MapScale::second_moment, MapScale::percentile,
                                MapScale::none};

/// Window by window, covariances by their definition.
double slow_ssim(const Tensor& a, const Tensor& b, const std::vector<double>& line) {
  const auto at = [](const Tensor& map, std::int64_t y, std::int64_t x) { return map[y][x].item<double>(); };
  const double range = at::max(a.max(), b.max()).item<double>() - at::min(a.min(), b.min()).item<double>();
  const double c1 = 1e-4 * range * range, c2 = 9e-4 * range * range;
  const auto n = static_cast<std::int64_t>(line.size());
  double sum = 0, windows = 0;
  for (std::int64_t y = 0; y + n <= a.size(0); ++y)
    for (std::int64_t x = 0; x + n <= a.size(1); ++x) {
      const auto over = [&](auto term) {
        double total = 0;
        for (std::int64_t i = 0; i < n; ++i)
          for (std::int64_t j = 0; j < n; ++j)
            total += line[static_cast<std::size_t>(i)] * line[static_cast<std::size_t>(j)] *
                     term(at(a, y + i, x + j), at(b, y + i, x + j));
        return total;
      };
      const double ma = over([](double p, double) { return p; }),
                   mb = over([](double, double q) { return q; });
      const double aa = over([&](double p, double) { return (p - ma) * (p - ma); });
      const double bb = over([&](double, double q) { return (q - mb) * (q - mb); });
      const double ab = over([&](double p, double q) { return (p - ma) * (q - mb); });
      sum += (2 * ma * mb + c1) * (2 * ab + c2) / ((ma * ma + mb * mb + c1) * (aa + bb + c2));
      windows += 1;
    }
  return sum / windows;
}

/// [32,32], the column (or row) of each pixel.
Tensor slope_map(bool along_rows) {
  const Tensor line = at::arange(32, at::kDouble);
  return (along_rows ? line.unsqueeze(1) : line.unsqueeze(0)).expand({32, 32}).contiguous();
}

TEST(Similarity, OfEqualMapsIsOne) {
  const Tensor map = normal({32, 32}, 1);
  for (const MapScale scale : kScales)
    for (const SsimWindow window : {SsimWindow::uniform, SsimWindow::gaussian}) {
      const MapSimilarity same = similarity_of(map, map.clone(), {.scale = scale, .window = window});
      for (const double one : {same.spearman, same.absolute, same.ssim, same.hog}) EXPECT_NEAR(one, 1, 1e-12);
    }
}

TEST(Similarity, OfUnrelatedMapsIsAboutZero) {
  const MapSimilarity none = similarity_of(normal({224, 224}, 1), normal({224, 224}, 2), {});
  EXPECT_NEAR(none.spearman, 0, 0.02);
  EXPECT_NEAR(none.absolute, 0, 0.02);
  EXPECT_NEAR(none.ssim, 0, 0.1);
  EXPECT_NEAR(none.hog, 0.06, 0.06);  // cells at the edge have fewer gradients; Adebayo et al. saw 0.078
}

TEST(Similarity, RankCorrelationByHand) {
  // squared rank differences 0 + 1 + 1 + 0: 1 - 6 * 2 / (4 * 15)
  const MapSimilarity some =
      similarity_of(exact({1, 2, 3, 4}, {2, 2}), exact({10, 30, 20, 40}, {2, 2}), kPlain);
  EXPECT_NEAR(some.spearman, 0.8, 1e-12);
  EXPECT_NEAR(some.absolute, 0.8, 1e-12);
  EXPECT_TRUE(std::isnan(some.ssim));
  EXPECT_TRUE(std::isnan(some.hog));
  // the sign of the largest one changes: ranks 1 2 3 4 and 4 1 2 3
  const MapSimilarity sign = similarity_of(exact({-4, 1, 2, 3}, {2, 2}), exact({4, 1, 2, 3}, {2, 2}), kPlain);
  EXPECT_NEAR(sign.spearman, 1 - 6.0 * 12 / 60, 1e-12);
  EXPECT_NEAR(sign.absolute, 1, 1e-12);
  // ties share their mean rank: 1.5 1.5 3.5 3.5 and 1.5 3.5 1.5 3.5
  const MapSimilarity ties = similarity_of(exact({1, 1, 2, 2}, {2, 2}), exact({1, 2, 1, 2}, {2, 2}), kPlain);
  EXPECT_NEAR(ties.spearman, 0, 1e-12);
}

TEST(Similarity, OfAMapThatIsConstantOrNotFiniteIsNotDefined) {
  const Tensor map = normal({32, 32}, 1), flat = at::full({32, 32}, 3.0), holed = map.clone();
  holed[3][4] = std::nan("");
  for (const Tensor& bad : {flat, holed})
    for (const bool first : {true, false}) {
      const MapSimilarity none = similarity_of(first ? bad : map, first ? map : bad, {});
      for (const double one : {none.spearman, none.absolute, none.ssim, none.hog})
        EXPECT_TRUE(std::isnan(one));
    }
  const Tensor signs = at::where(map > 0, 1.0, -1.0);
  const MapSimilarity one_magnitude = similarity_of(signs, map, kPlain);
  EXPECT_TRUE(std::isnan(one_magnitude.absolute));
  EXPECT_GT(one_magnitude.spearman, 0.8);
}

TEST(Similarity, ScaleOfAMapDoesNotMatterOnceItIsNormalised) {
  const Tensor a = normal({32, 32}, 1), b = normal({32, 32}, 2) + a;
  for (const MapScale scale : {MapScale::min_max, MapScale::second_moment, MapScale::percentile}) {
    const MapSimilarity plain = similarity_of(a, b, {.scale = scale});
    const MapSimilarity larger = similarity_of(a * 4, b * 1024, {.scale = scale});
    EXPECT_NEAR(plain.spearman, larger.spearman, 1e-12);
    EXPECT_NEAR(plain.absolute, larger.absolute, 1e-12);
    EXPECT_NEAR(plain.ssim, larger.ssim, 1e-9);
    EXPECT_NEAR(plain.hog, larger.hog, 1e-6);
  }
}

TEST(Similarity, ScaledMaps) {
  const Tensor map = normal({20, 20}, 3).to(at::kDouble);
  const Tensor unit = scaled_map(map, MapScale::min_max), power = scaled_map(map, MapScale::second_moment);
  const Tensor cut = scaled_map(map, MapScale::percentile);
  EXPECT_EQ(unit.min().item<double>(), 0);
  EXPECT_EQ(unit.max().item<double>(), 1);
  EXPECT_NEAR(power.square().mean().item<double>(), 1, 1e-12);
  EXPECT_TRUE(at::equal(power > 0, map > 0));
  EXPECT_EQ(cut.abs().max().item<double>(), 1);
  EXPECT_EQ((cut.abs() == 1).sum().item<std::int64_t>(), 4);  // of 400 those above place 0.99 * 399
  const Tensor spike = at::zeros({20, 20}, at::kDouble);
  spike[1][1] = -5;
  EXPECT_EQ(scaled_map(spike, MapScale::percentile)[1][1].item<double>(), -1);
}

TEST(Ssim, EqualsALoopOverTheWindows) {
  const Tensor a = normal({9, 13}, 4).to(at::kDouble), b = a * 0.5 + normal({9, 13}, 5).to(at::kDouble);
  EXPECT_NEAR(ssim(a, b, SsimWindow::uniform), slow_ssim(a, b, std::vector<double>(5, 0.2)), 1e-12);
  const Tensor c = normal({14, 12}, 6).to(at::kDouble), d = c - normal({14, 12}, 7).to(at::kDouble);
  std::vector<double> bell;
  double sum = 0;
  for (int i = -5; i <= 5; ++i) {
    bell.push_back(std::exp(-i * i / 4.5));
    sum += bell.back();
  }
  for (double& weight : bell) weight /= sum;
  EXPECT_NEAR(ssim(c, d, SsimWindow::gaussian), slow_ssim(c, d, bell), 1e-12);
  EXPECT_TRUE(std::isnan(ssim(a, b, SsimWindow::gaussian)));
}

TEST(Hog, OfRampsByHand) {
  const std::vector<double> across = hog_features(slope_map(false), 16),
                            down = hog_features(slope_map(true), 16);
  ASSERT_EQ(across.size(), 36u);  // one block of 2 x 2 cells
  ASSERT_EQ(down.size(), 36u);
  for (std::size_t i = 0; i < 36; ++i) {
    EXPECT_NEAR(across[i], i % 9 == 0 ? 0.5 : 0, 1e-6) << i;  // four equal cells: 1 / sqrt(4)
    EXPECT_NEAR(down[i], i % 9 == 4 ? 0.5 : 0, 1e-6) << i;    // 90 degrees of 180: the fifth of nine
  }
  EXPECT_EQ(hog_features(-slope_map(false), 16), across);
  // one feature of nine in each: (0 - 1/81) / (1/9 * 8/9)
  EXPECT_NEAR(similarity_of(slope_map(false), slope_map(true), kPlain).hog, -1.0 / 8, 1e-6);
}

TEST(Hog, HasBlocksOfThreeCellsAndNothingWhereNoCellFits) {
  EXPECT_EQ(hog_features(normal({64, 50}, 8), 16).size(), 2u * 1 * 9 * 9);
  EXPECT_EQ(hog_features(normal({14, 50}, 8), 16).size(), 0u);
  EXPECT_EQ(hog_features(normal({14, 50}, 8), 4).size(), (3u - 2) * (12u - 2) * 81);
}

TEST(HistogramEntropy, ByHand) {
  EXPECT_NEAR(histogram_entropy(exact({0, 7, 7, 0}, {2, 2}), 100), std::log(2), 1e-12);
  EXPECT_NEAR(histogram_entropy(exact({0, 1, 2, 3}, {2, 2}), 4), std::log(4), 1e-12);
  EXPECT_NEAR(histogram_entropy(exact({-30, -20, -10, 0}, {2, 2}), 2), std::log(2), 1e-12);
  EXPECT_TRUE(std::isnan(histogram_entropy(at::zeros({2, 2}), 4)));
}

}  // namespace
}  // namespace assay
