#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

constexpr std::int64_t kSide = 6, kGrid = 3, kCell = 2;

/// Classes that weigh the normalised input; no bias.
Network weighing_network() {
  Toy toy(kSide, kSide);
  toy.add(Kind::linear, "logits", {0}, {}, {normal({3, 3 * kSide * kSide}, 50)});
  toy.preprocess().mean = {100, 110, 120};
  toy.preprocess().std = {50, 60, 70};
  return toy.network("weighing");
}

/// The same image under many names, and so under many masks.
Subject renamed(const Network& network, std::int64_t times) {
  const Tensor image = (normal({1, 3, kSide, kSide}, 51) * 50 + 128).clamp(0, 255);
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < times; ++i) names.push_back("name " + std::to_string(i));
  return Subject(network, image.expand({times, 3, kSide, kSide}), names, 9, {.batch = 8});
}

/// E[M_k M_i] = p^2 + p (1 - p) mean over shifts of sum_g B_g(k) B_g(i), where B_g is the enlarged grid with
/// a one at g: [pixels,pixels].
Tensor expected_products(double p) {
  const Tensor unit = at::eye(kGrid * kGrid, at::kDouble).view({kGrid * kGrid, kGrid, kGrid});
  const Tensor large = resize_bilinear(unit, (kGrid + 1) * kCell, (kGrid + 1) * kCell);
  Tensor sum = at::zeros({kSide * kSide, kSide * kSide}, at::kDouble);
  for (std::int64_t top = 0; top < kCell; ++top)
    for (std::int64_t left = 0; left < kCell; ++left) {
      const Tensor basis =
          large.narrow(1, top, kSide).narrow(2, left, kSide).reshape({kGrid * kGrid, kSide * kSide});
      sum += basis.t().mm(basis);
    }
  return p * p + p * (1 - p) * sum / static_cast<double>(kCell * kCell);
}

TEST(Rise, OfALinearNetworkInExpectation) {
  const Network network = weighing_network();
  const std::int64_t times = 60;
  Subject subject = renamed(network, times);
  std::vector<Query> queries;
  for (std::int64_t i = 0; i < times; ++i) queries.push_back({i, 1});
  for (const double keep : {0.5, 0.2}) {
    const Json settings{{"masks", 200}, {"grid", kGrid}, {"keep", keep}, {"score", "logit"}};
    const Tensor maps = make("rise", settings)->attribute(subject, queries).raw.reshape({times, -1});
    const Tensor x = network.normalise(subject.pixels())[0].reshape({3, -1}).to(at::kDouble);
    const Tensor w = network.layers()[1].weight()[1].reshape({3, -1}).to(at::kDouble);
    const Tensor expected = (x * w).sum(0).unsqueeze(0).mm(expected_products(keep))[0] / keep;
    const Tensor error = (maps.mean(0) - expected).abs();
    const auto n = static_cast<double>(times);
    const Tensor variance = (maps - maps.mean(0)).square().sum(0) / (n - 1);
    const Tensor standard = (variance / n).sqrt();
    EXPECT_LT((error / standard).max().item<double>(), 5) << keep;
    EXPECT_LT((standard.mean() / expected.abs().mean()).item<double>(), 0.5) << "the test shows nothing";
  }
}

/// Each class is a pixel of the first channel.
Network pixel_network() {
  Toy toy(kSide, kSide);
  const Tensor weight = at::zeros({kSide * kSide, 3 * kSide * kSide});
  for (std::int64_t i = 0; i < kSide * kSide; ++i) weight[i][i] = 1;
  toy.add(Kind::linear, "logits", {0}, {}, {weight});
  return toy.network();
}

std::vector<Query> every_pixel() {
  std::vector<Query> queries;
  for (std::int64_t i = 0; i < kSide * kSide; ++i) queries.push_back({0, i});
  return queries;
}

/// Value of a grid enlarged to (kGrid + 1) kCell pixels a side, between the centres of its cells.
double enlarged_at(const std::vector<double>& cells, std::int64_t row, std::int64_t column) {
  const double scale = static_cast<double>(kGrid) / static_cast<double>((kGrid + 1) * kCell);
  const auto place = [&](std::int64_t i) {
    return std::max((static_cast<double>(i) + 0.5) * scale - 0.5, 0.0);
  };
  const auto y = static_cast<std::int64_t>(place(row)), x = static_cast<std::int64_t>(place(column));
  const double down = place(row) - static_cast<double>(y), right = place(column) - static_cast<double>(x);
  const auto cell = [&](std::int64_t r, std::int64_t c) {
    return cells[static_cast<std::size_t>(std::min(r, kGrid - 1) * kGrid + std::min(c, kGrid - 1))];
  };
  return (1 - down) * ((1 - right) * cell(y, x) + right * cell(y, x + 1)) +
         down * ((1 - right) * cell(y + 1, x) + right * cell(y + 1, x + 1));
}

/// Mask n of an image from its seed: the cells row by row, then how far down and right it is cut.
Tensor mask_from_seed(std::uint64_t image_seed, std::uint64_t n, double keep) {
  Random random(mix_seed({mix_seed(image_seed, "rise"), n}));
  std::vector<double> cells;
  for (std::int64_t k = 0; k < kGrid * kGrid; ++k) cells.push_back(random.uniform() < keep ? 1 : 0);
  const auto top = static_cast<std::int64_t>(random.below(kCell));
  const auto left = static_cast<std::int64_t>(random.below(kCell));
  Tensor mask = at::zeros({kSide, kSide}, at::kDouble);
  for (std::int64_t i = 0; i < kSide; ++i)
    for (std::int64_t j = 0; j < kSide; ++j) mask[i][j] = enlarged_at(cells, top + i, left + j);
  return mask.view({-1});
}

/// Every number on the way has few binary digits, so that sums are exact in any order.
TEST(Rise, SumsAreThoseOfMasksMadeFromTheSeed) {
  const std::int64_t masks = 70;
  const double keep = 0.4;
  Subject subject(pixel_network(), at::full({1, 3, kSide, kSide}, 4.0), {"grey"}, 9, {.batch = 8});
  Tensor sums = at::zeros({kSide * kSide, kSide * kSide}, at::kDouble);
  Tensor shows = at::zeros({kSide * kSide}, at::kDouble);
  for (std::int64_t n = 0; n < masks; ++n) {
    const Tensor mask = mask_from_seed(subject.seed(0), static_cast<std::uint64_t>(n), keep);
    sums = sums + 4 * mask.unsqueeze(1) * mask;
    shows = shows + mask;
  }
  Json settings{{"masks", masks}, {"grid", kGrid}, {"keep", keep}, {"score", "logit"}};
  const auto found = [&] {
    return make("rise", settings)->attribute(subject, every_pixel()).raw.reshape({kSide * kSide, -1});
  };
  EXPECT_TRUE(at::equal(found(), sums / at::full_like(sums, keep * static_cast<double>(masks))));
  settings["by"] = "mask-sum";
  EXPECT_TRUE(at::equal(found(), sums / shows.unsqueeze(0)));
}

/// The formula, mask by mask, from what the masks make of a network that only looks at one pixel: the mask
/// itself. The score of each class is the mask's value there times x.
TEST(Rise, SumsMasksWeighedByScores) {
  const Network network = pixel_network();
  const std::int64_t masks = 70;
  Subject subject(network, at::full({1, 3, kSide, kSide}, 4.0), {"grey"}, 9, {.batch = 8});
  const std::vector<Query> queries = every_pixel();
  Json settings{{"masks", masks}, {"grid", kGrid}, {"keep", 0.4}, {"score", "logit"}};
  const Tensor maps = make("rise", settings)->attribute(subject, queries).raw.reshape({kSide * kSide, -1});
  // map of class k at i = 4 / (N p) sum_n M_n,k M_n,i: symmetric, and its diagonal is a mean of squares
  EXPECT_TRUE(at::allclose(maps, maps.t(), 1e-5, 1e-6));
  EXPECT_GT(maps.min().item<double>(), 0);
  const Tensor diagonal = maps.diagonal() * 0.4 / 4;  // mean of M^2
  EXPECT_TRUE((diagonal <= 1).all().item<bool>());
  EXPECT_TRUE(
      (maps.square() <= (diagonal.unsqueeze(0) * diagonal.unsqueeze(1)) * 100.0001).all().item<bool>());
  // divided by sum_n M_n,i instead: i = k gives the mean of 4 M weighed by M, between the mean and 4
  settings["by"] = "mask-sum";
  const Tensor by_sum = make("rise", settings)->attribute(subject, queries).raw.reshape({kSide * kSide, -1});
  const Tensor ratio = maps / by_sum;  // sum_n M_n,i / (N p), the same for every class
  EXPECT_TRUE(at::allclose(ratio, ratio[0].unsqueeze(0).expand_as(ratio), 1e-6));
  EXPECT_NEAR(ratio.mean().item<double>(), 1, 0.2);
  EXPECT_FALSE(at::allclose(ratio, at::ones_like(ratio), 1e-3));
}

TEST(Rise, ClassesShareForwardsAndDoNotDependOnEachOther) {
  const Network network = weighing_network();
  Subject subject = renamed(network, 2), alone = renamed(network, 2);
  const auto rise = make("rise", {{"masks", 20}, {"grid", kGrid}});
  const std::vector<Query> queries{{0, 1}, {1, 2}, {0, 2}}, one{{0, 2}};
  subject.bill();
  const Tensor together = rise->attribute(subject, queries).raw;
  EXPECT_EQ(subject.bill().forwards, 40);
  EXPECT_EQ(subject.done().forwards, 40);
  alone.bill();
  const Tensor single = rise->attribute(alone, one).raw;
  const Cost cost = alone.bill(), price = rise->price(network);
  EXPECT_TRUE(at::equal(together[2], single[0]));
  EXPECT_FALSE(at::equal(together[0], together[2]));
  EXPECT_EQ(cost.forwards, price.forwards);
  EXPECT_EQ(cost.work, price.work);
  EXPECT_EQ(cost.backwards, 0);
  EXPECT_TRUE(rise->uses_seed());
  EXPECT_NE(rise->shared_work(), make("rise", {{"masks", 20}, {"grid", 4}})->shared_work());
  EXPECT_EQ(error_of("rise", {{"keep", 0}}), "keep: must lie in 0..1, above 0");
}

TEST(Rise, KeepingEverythingGivesTheScore) {
  const Network network = weighing_network();
  Subject subject = renamed(network, 1);
  const std::vector<Query> query{{0, 2}};
  const Tensor map =
      make("rise", {{"masks", 16}, {"keep", 1}, {"grid", kGrid}})->attribute(subject, query).raw;
  EXPECT_EQ(map.sizes(), (std::vector<std::int64_t>{1, 1, kSide, kSide}));
  const double p = scores_of(subject.logits(), Score::probability)[0][2].item<double>();
  EXPECT_TRUE(at::allclose(map, at::full_like(map, p), 1e-4, 1e-7));
}

}  // namespace
}  // namespace assay::test
