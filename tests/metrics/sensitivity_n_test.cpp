#include <cmath>

#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::contributions;
using test::kToySide;
using test::linear_subject;
using test::metric_named;
using test::observed_by;
using test::toy_subject;

constexpr std::int64_t kAll = kToySide * kToySide;

/// Input x gradient from 0 satisfies the definition for every n.
TEST(SensitivityN, IsOneForContributionsToALinearNetwork) {
  Subject subject = linear_subject(2);
  const std::vector<Query> queries = test::predictions(subject);
  const Tensor maps = contributions(subject.network(), subject.pixels(), queries).to(at::kFloat);
  const auto metric = metric_named("sensitivity-n", {{"points", 5}, {"sets", 30}});
  for (const Record& record : observed_by(*metric, subject, {{maps}, queries})) {
    EXPECT_EQ(record.status, Status::ok);
    EXPECT_EQ(record.curves[0], (std::vector<double>{1, 4, 13, 44, 157}));  // 156.8 to the powers of 1/4
    for (const double one : record.curves[1]) EXPECT_NEAR(one, 1, 1e-5);
  }
  for (const Record& record : observed_by(*metric, subject, {{-3 * maps + 2}, queries}))
    for (const double one : record.curves[1]) EXPECT_NEAR(one, -1, 1e-5);  // scale and offset do not count
}

/// With every pixel removed all sets are one, and nothing varies.
TEST(SensitivityN, AllPixelsHaveNoCorrelation) {
  Subject subject = toy_subject(1);
  const auto metric = metric_named("sensitivity-n", {{"points", 2}, {"sets", 4}, {"most", 1}});
  const Record record = observed_by(*metric, subject, test::signed_explanation(subject, 3))[0];
  EXPECT_EQ(record.curves[0], (std::vector<double>{1, kAll}));
  EXPECT_FALSE(std::isnan(record.curves[1][0]));
  EXPECT_TRUE(std::isnan(record.curves[1][1]));
}

/// One set of one pixel each time: the correlation of the map with what a pixel takes, over the pixels drawn.
TEST(SensitivityN, EqualsRemovingPixelsImageByImage) {
  Subject subject = toy_subject(2);
  const Explanation maps = test::signed_explanation(subject, 5);
  const auto metric =
      metric_named("sensitivity-n", {{"points", 1}, {"sets", 6}, {"base", "zero"}, {"score", "probability"}});
  const auto records = observed_by(*metric, subject, maps);
  for (std::size_t i = 0; i < 2; ++i) {
    const Query& query = maps.queries[i];
    const std::uint64_t seed = mix_seed(subject.seed(query.image), "sensitivity-n");
    const Tensor image = subject.pixels()[query.image], values = maps.maps[0][query.image].flatten();
    const double whole = test::scores_on_whole(subject.network(), image, query.target).first;
    std::vector<double> x, y;
    for (std::uint64_t set = 0; set < 6; ++set) {
      Random random(mix_seed({seed, 1, set}));
      const auto place = static_cast<std::int64_t>(random.below(kAll));
      const Tensor without = test::replaced(image, at::zeros_like(image), {place}, 1);
      x.push_back(values[place].item<double>());
      y.push_back(whole - test::scores_on_whole(subject.network(), without, query.target).first);
    }
    const Tensor both = at::stack({at::tensor(x, at::kDouble), at::tensor(y, at::kDouble)});
    const double wanted = at::corrcoef(both)[0][1].item<double>();
    EXPECT_NEAR(records[i].curves[1][0], wanted, 1e-3);
    EXPECT_EQ(records[i].cost.forwards, 7);
  }
}

TEST(SensitivityN, BaseIsPartOfTheQuestion) {
  Subject subject = toy_subject(1);
  const auto metric = metric_named("sensitivity-n", {{"points", 2}, {"sets", 9}, {"base", {"zero", "mean"}}});
  const Explanation maps = test::signed_explanation(subject, 6);
  const std::vector<Variant> variants = metric->variants();
  ASSERT_EQ(variants.size(), 2u);
  const std::vector<Task> tasks{{&maps, &variants[0].settings}, {&maps, &variants[1].settings}};
  const auto records = metric->observe(subject, tasks, {});
  EXPECT_NE(records[0][0].curves[1], records[1][0].curves[1]);
}

TEST(SensitivityN, MapsOfAnImageShareTheForwards) {
  Subject subject = toy_subject(1);
  const auto metric = metric_named("sensitivity-n", {{"points", 3}, {"sets", 8}});
  observed_by(*metric, subject, test::signed_explanation(subject, 6));
  const std::int64_t before = subject.done().forwards;
  observed_by(*metric, subject, test::signed_explanation(subject, 7));
  EXPECT_EQ(subject.done().forwards, before);
}

TEST(SensitivityN, BadParametersAreNamed) {
  EXPECT_THROW(metric_named("sensitivity-n", {{"most", 1.5}}), ConfigError);
  EXPECT_THROW(metric_named("sensitivity-n", {{"sets", 1}}), ConfigError);
  EXPECT_THROW(metric_named("sensitivity-n", {{"score", "share"}}), ConfigError);
}

}  // namespace
}  // namespace assay
