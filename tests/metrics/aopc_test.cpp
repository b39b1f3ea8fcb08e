#include "metrics/noise.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::expect_near;
using test::kToySide;
using test::metric_named;
using test::observed_by;
using test::toy_subject;

constexpr std::int64_t kSide = 4, kRepeats = 3;  // squares of 4x4: 3 x 3 of them, two pixels are left over
const Json kSmall{{"region", kSide}, {"steps", 5}, {"repeats", kRepeats}};

/// The colours of a repeat, pixels [3,14,14].
Tensor colours(const Subject& subject, std::int64_t image, std::uint64_t repeat) {
  return uniform_noise({1, 3, kToySide, kToySide}, 0, 255,
                       mix_seed({mix_seed(subject.seed(image), "aopc"), repeat}))[0];
}

/// Squares by the sum of the map over them, row and column.
std::vector<std::pair<std::int64_t, std::int64_t>> ordered_squares(const Tensor& map, bool highest) {
  std::vector<std::pair<double, std::pair<std::int64_t, std::int64_t>>> squares;
  for (std::int64_t row = 0; row + kSide <= kToySide; row += kSide)
    for (std::int64_t column = 0; column + kSide <= kToySide; column += kSide) {
      double sum = 0;
      for (std::int64_t i = 0; i < kSide * kSide; ++i)
        sum += map[row + i / kSide][column + i % kSide].item<double>();
      squares.push_back({highest ? -sum : sum, {row, column}});
    }
  std::ranges::stable_sort(squares, {}, [](const auto& square) { return square.first; });
  std::vector<std::pair<std::int64_t, std::int64_t>> places;
  for (const auto& [sum, place] : squares) places.push_back(place);
  return places;
}

/// Means over the repeats of probability and logit, by whole forwards of whole images.
std::pair<std::vector<double>, std::vector<double>> slow_aopc(const Subject& subject, const Query& query,
                                                              const Tensor& map, bool highest,
                                                              std::size_t steps) {
  std::pair<std::vector<double>, std::vector<double>> means{std::vector<double>(steps + 1, 0.0),
                                                            std::vector<double>(steps + 1, 0.0)};
  const auto squares = ordered_squares(map, highest);
  for (std::uint64_t repeat = 0; repeat < kRepeats; ++repeat) {
    const Tensor image = subject.pixels()[query.image].clone(),
                 painted = colours(subject, query.image, repeat);
    for (std::size_t k = 0; k <= steps; ++k) {
      if (k > 0) {
        const auto [row, column] = squares[k - 1];
        const auto square = [&](const Tensor& of) {
          return of.narrow(1, row, kSide).narrow(2, column, kSide);
        };
        square(image).copy_(square(painted));
      }
      const auto [probability, logit] = test::scores_on_whole(subject.network(), image, query.target);
      means.first[k] += probability / static_cast<double>(kRepeats);
      means.second[k] += logit / static_cast<double>(kRepeats);
    }
  }
  return means;
}

TEST(Aopc, StepsByWindowsEqualWholeForwards) {
  Subject subject = toy_subject(2);
  const Explanation maps = test::signed_explanation(subject, 17);
  const auto records = observed_by(*metric_named("aopc", kSmall), subject, maps);
  for (std::size_t i = 0; i < 2; ++i) {
    const Record& record = records[i];
    const Query& query = maps.queries[i];
    ASSERT_EQ(record.curves.size(), 5u);
    for (const bool highest : {true, false}) {
      const auto wanted = slow_aopc(subject, query, maps.maps[0][query.image], highest, 5);
      expect_near(record.curves[highest ? 0 : 2], wanted.first, 1e-5);
      expect_near(record.curves[highest ? 1 : 3], wanted.second, 1e-4);
    }
    EXPECT_EQ(record.curves[4], (std::vector<double>{0, 16, 32, 48, 64, 80}));
    EXPECT_EQ(record.values, (std::vector<double>{kToySide * kToySide, 9}));
  }
}

TEST(Aopc, BothOrdersEndWithTheSameImage) {
  Subject subject = toy_subject(1);
  Json all = kSmall;
  all["steps"] = 100;  // more than there are
  const Record record =
      observed_by(*metric_named("aopc", all), subject, test::signed_explanation(subject, 4))[0];
  for (const auto& curve : record.curves) EXPECT_EQ(curve.size(), 10u);
  EXPECT_EQ(record.curves[0].front(), record.curves[2].front());
  EXPECT_NEAR(record.curves[0].back(), record.curves[2].back(), 1e-6);
  EXPECT_NEAR(record.curves[1].back(), record.curves[3].back(), 1e-5);
}

TEST(Aopc, CostsLessThanWholePasses) {
  Subject subject = toy_subject(1);
  const auto metric = metric_named("aopc", kSmall);
  const Cost cost = observed_by(*metric, subject, test::signed_explanation(subject, 4))[0].cost;
  EXPECT_EQ(cost.forwards, 2 * 5 * kRepeats + 1);
  EXPECT_LT(cost.work.done, cost.work.asked);
  EXPECT_EQ(metric->price(subject.network()).forwards, 2 * 5 * kRepeats);
}

TEST(Aopc, AnImageSmallerThanARegionIsSkipped) {
  Subject subject = toy_subject(1);
  const Record record =
      observed_by(*metric_named("aopc", {{"region", 15}}), subject, test::signed_explanation(subject, 4))[0];
  EXPECT_EQ(record.status, Status::skipped);
  EXPECT_EQ(record.reason, "the image is smaller than a region");
  EXPECT_EQ(metric_named("aopc", {{"region", 15}})->price(subject.network()).forwards, 0);
}

}  // namespace
}  // namespace assay
