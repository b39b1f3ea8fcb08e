#include <cmath>
#include <functional>
#include <stdexcept>

#include "metrics/noise.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::contributions;
using test::kToySide;
using test::linear_subject;
using test::metric_named;
using test::observed_by;

/// Contributions to a linear network, made again by `again` of other pixels: a map an image, of which those
/// asked for are taken.
Explanation made_again(Subject& subject, const std::function<Tensor(Subject&)>& again) {
  const std::vector<Query> queries = test::predictions(subject);
  const Tensor maps = contributions(subject.network(), subject.pixels(), queries).to(at::kFloat);
  if (!again) return {{maps}, queries};
  return {{maps}, queries, [again](Subject& other, std::span<const Query> asked) {
            std::vector<Tensor> rows;
            const Tensor found = again(other);
            for (const Query& query : asked) rows.push_back(found[query.image]);
            return std::vector<Tensor>{at::stack(rows)};
          }};
}

Tensor noise_of(const Subject& subject, std::int64_t image, std::uint64_t sample, double radius) {
  return uniform_noise({3, kToySide, kToySide}, -255 * radius, 255 * radius,
                       mix_seed({mix_seed(subject.seed(image), "max-sensitivity"), sample}));
}

TEST(MaxSensitivity, EqualsTheChangeOfEachMap) {
  Subject subject = linear_subject(2);
  const std::vector<Query> queries = test::predictions(subject);
  const Explanation maps = made_again(subject, [&](Subject& other) {
    return contributions(other.network(), other.pixels(), queries).to(at::kFloat);
  });
  const auto records =
      observed_by(*metric_named("max-sensitivity", {{"samples", 3}, {"radius", 0.1}}), subject, maps);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto image = static_cast<std::int64_t>(i);
    const Tensor plain = maps.maps[0][image].to(at::kDouble);
    std::vector<double> wanted;
    for (std::uint64_t sample = 0; sample < 3; ++sample) {
      Tensor pixels = subject.pixels().clone();
      pixels[image].add_(noise_of(subject, image, sample, 0.1));
      const Tensor noisy = contributions(subject.network(), pixels, queries)[image];
      wanted.push_back((noisy - plain).square().sum().sqrt().item<double>() /
                       plain.square().sum().sqrt().item<double>());
    }
    test::expect_near(records[i].curves.at(0), wanted, 1e-5);
    EXPECT_NEAR(records[i].values[0], plain.square().sum().sqrt().item<double>(), 1e-5);
    EXPECT_GT(wanted[0], 0.01);
  }
}

TEST(MaxSensitivity, AMapThatDoesNotChangeHasNone) {
  Subject subject = linear_subject(1);
  Tensor map;
  const Explanation maps = made_again(subject, [&](Subject&) { return map; });
  map = maps.maps[0];
  const Record record = observed_by(*metric_named("max-sensitivity", {{"samples", 2}}), subject, maps)[0];
  EXPECT_EQ(record.curves, (std::vector<std::vector<double>>{{0, 0}}));
}

/// What is asked of the noisy images while a map is made again is the record's.
TEST(MaxSensitivity, RecordsPayForTheMaps) {
  Subject subject = linear_subject(2);
  Tensor twice;
  const Explanation maps = made_again(subject, [&](Subject& other) {
    other.predict(5, [](std::int64_t, const Tensor& batch) { batch.zero_(); });
    return twice;
  });
  twice = 2 * maps.maps[0];
  for (const Record& record :
       observed_by(*metric_named("max-sensitivity", {{"samples", 3}}), subject, maps)) {
    EXPECT_EQ(record.cost.forwards, 3 * 5);
    EXPECT_EQ(record.cost.seconds, 0);
    test::expect_near(record.curves.at(0), {1, 1, 1}, 1e-6);
  }
  const auto metric = metric_named("max-sensitivity", {{"samples", 3}});
  EXPECT_EQ(metric->explains_again(subject.network(), metric->variants()[0].settings), 3);
}

/// A method that has no map of one noisy image, and is dearer where it is asked for two classes.
TEST(MaxSensitivity, AnImageThatFailsLeavesTheOthersAlone) {
  Subject subject = linear_subject(2);
  const std::vector<Query> queries{{0, 1}, {1, 1}, {1, 2}, {1, 3}};
  Explanation maps{{contributions(subject.network(), subject.pixels(), queries).to(at::kFloat)}, queries};
  std::int64_t broken = 1;
  maps.maps[0][3].zero_();  // is not made again
  maps.again = [&](Subject& other, std::span<const Query> asked) {
    if (asked.front().image == broken) throw std::runtime_error("no map here");
    other.predict(4, [](std::int64_t, const Tensor& batch) { batch.zero_(); });
    EXPECT_EQ(asked.back().target, asked.front().image == 0 ? 1 : 2);
    return std::vector<Tensor>{contributions(other.network(), other.pixels(), {asked.begin(), asked.end()})};
  };
  const auto metric = metric_named("max-sensitivity", {{"samples", 2}});
  const auto records = observed_by(*metric, subject, maps);
  EXPECT_EQ(records[0].status, Status::ok) << records[0].reason;
  EXPECT_EQ(records[0].curves.at(0).size(), 2u);
  EXPECT_EQ(records[1].reason, "no map here");
  EXPECT_EQ(records[3].reason, "the map is zero everywhere");
  broken = -1;
  const auto whole = observed_by(*metric, subject, maps);
  EXPECT_EQ(whole[0].curves, records[0].curves);
  EXPECT_EQ(whole[0].cost.forwards, 2 * 4);  // alone on its image
  EXPECT_EQ(whole[1].cost.forwards, 2 * 2);
  EXPECT_EQ(whole[3].cost.forwards, 0);
}

TEST(MaxSensitivity, WhatCannotBeMadeAgainHasAReason) {
  Subject subject = linear_subject(1);
  const auto metric = metric_named("max-sensitivity", {{"samples", 2}});
  EXPECT_EQ(observed_by(*metric, subject, made_again(subject, {}))[0].reason,
            "this explanation cannot be made again");
  const Explanation broken =
      made_again(subject, [](Subject&) -> Tensor { throw std::runtime_error("no memory\nstack"); });
  const Record failed = observed_by(*metric, subject, broken)[0];
  EXPECT_EQ(failed.status, Status::failed);
  EXPECT_EQ(failed.reason, "no memory");
  EXPECT_TRUE(failed.curves.empty());
  const Explanation endless = made_again(subject, [](Subject&) {
    return at::full({1, kToySide, kToySide}, INFINITY);
  });
  EXPECT_EQ(observed_by(*metric, subject, endless)[0].reason, "the map of a noisy image is not finite");
  Explanation zero = made_again(subject, [](Subject& other) { return other.pixels()[0]; });
  zero.maps[0].zero_();
  const Record nothing = observed_by(*metric, subject, zero)[0];
  EXPECT_EQ(nothing.status, Status::suspect);
  EXPECT_EQ(nothing.reason, "the map is zero everywhere");
}

}  // namespace
}  // namespace assay
