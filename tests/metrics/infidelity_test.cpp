#include "metrics/noise.h"
#include "metrics/sensitivity_scores.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::contributions;
using test::kToySide;
using test::linear_subject;
using test::metric_named;
using test::observed_by;
using test::toy_subject;

constexpr int kSamples = 12;

Json infidelity_of(const std::string& perturbation) {
  return {{"samples", kSamples}, {"perturbation", perturbation}, {"sides", {2, 5, 20}}};
}

TEST(Infidelity, IsZeroForContributionsToALinearNetwork) {
  for (const char* perturbation : {"squares", "fade"}) {
    Subject subject = linear_subject(2);
    const std::vector<Query> queries = test::predictions(subject);
    const Tensor maps = contributions(subject.network(), subject.pixels(), queries).to(at::kFloat);
    const auto metric = metric_named("infidelity", infidelity_of(perturbation));
    for (const Record& record : observed_by(*metric, subject, {{maps}, queries})) {
      const InfidelityObservation seen = infidelity_observation(record.values);
      EXPECT_GT(seen.d_squared, 1e-3) << perturbation;
      EXPECT_LT(seen.infidelity, 1e-7 * seen.d_squared + 1e-8) << perturbation;
    }
    for (const Record& record : observed_by(*metric, subject, {{2 * maps}, queries})) {
      const InfidelityObservation seen = infidelity_observation(record.values);
      EXPECT_NEAR(seen.infidelity / seen.d_squared, 1, 1e-3);  // (2 d - d)^2
      EXPECT_NEAR(seen.s_squared / seen.d_squared, 4, 1e-3);
      EXPECT_NEAR(seen.s_d / seen.d_squared, 2, 1e-3);
    }
  }
}

/// m of each perturbation [14,14], drawn as the metric says.
Tensor share_of_distance(const Subject& subject, std::int64_t image, const std::string& perturbation,
                         std::uint64_t sample) {
  const std::uint64_t seed = mix_seed({mix_seed(subject.seed(image), "infidelity"), sample});
  if (perturbation == "fade") return uniform_noise({kToySide, kToySide}, 0, 1, seed);
  const std::int64_t side = std::vector<std::int64_t>{2, 5, kToySide}[sample % 3];
  Random random(seed);
  const auto top = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kToySide - side + 1)));
  const auto left = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kToySide - side + 1)));
  const Tensor square = at::zeros({kToySide, kToySide});
  square.narrow(0, top, side).narrow(1, left, side).fill_(1);
  return square;
}

TEST(Infidelity, EqualsPerturbingImageByImage) {
  for (const char* perturbation : {"squares", "fade"}) {
    Subject subject = toy_subject(2);
    const Explanation maps = test::signed_explanation(subject, 31);
    const auto records = observed_by(*metric_named("infidelity", infidelity_of(perturbation)), subject, maps);
    const Tensor mean = at::tensor({100.f, 110.f, 120.f}).view({3, 1, 1});
    for (std::size_t i = 0; i < 2; ++i) {
      const Query& query = maps.queries[i];
      const Tensor image = subject.pixels()[query.image];
      const double whole = test::scores_on_whole(subject.network(), image, query.target).second;
      InfidelityObservation wanted{0, 0, 0, 0};
      for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
        const Tensor m = share_of_distance(subject, query.image, perturbation, sample);
        const double d =
            whole - test::scores_on_whole(subject.network(), image + m * (mean - image), query.target).second;
        const double s = (m * maps.maps[0][query.image]).to(at::kDouble).sum().item<double>();
        wanted.infidelity += (s - d) * (s - d) / kSamples;
        wanted.s_squared += s * s / kSamples;
        wanted.s_d += s * d / kSamples;
        wanted.d_squared += d * d / kSamples;
      }
      test::expect_near(records[i].values, values_of(wanted), 2e-4);
      EXPECT_EQ(records[i].cost.forwards, kSamples + 1);
    }
  }
}

TEST(Infidelity, MapsOfAnImageShareTheForwards) {
  Subject subject = toy_subject(1);
  const auto squares = metric_named("infidelity", infidelity_of("squares"));
  const Cost first = observed_by(*squares, subject, test::signed_explanation(subject, 6))[0].cost;
  const std::int64_t before = subject.done().forwards;
  const Cost second = observed_by(*squares, subject, test::signed_explanation(subject, 7))[0].cost;
  EXPECT_EQ(subject.done().forwards, before);
  EXPECT_EQ(first.work, second.work);  // what it costs alone
}

/// Windows are priced as windows: what is done is about what an image's own squares take.
TEST(Infidelity, SquaresArePricedByTheirWindows) {
  Subject subject = toy_subject(1);
  const auto metric = metric_named("infidelity", {{"samples", 40}, {"sides", {2, 3}}});
  const Cost cost = observed_by(*metric, subject, test::signed_explanation(subject, 6))[0].cost;
  const Cost price = metric->price(subject.network());
  EXPECT_EQ(price.work.asked + price.work.asked / 40, cost.work.asked);  // and the image itself
  EXPECT_LT(price.work.done, price.work.asked / 2);
  const std::int64_t image = cost.work.asked / 41;
  EXPECT_NEAR(static_cast<double>(price.work.done), static_cast<double>(cost.work.done - image),
              0.1 * static_cast<double>(price.work.done));
}

TEST(Infidelity, SquaresHaveNoUseForOtherSettings) {
  EXPECT_FALSE(
      metric_named("infidelity", {{"perturbation", "fade"}})->variants()[0].settings.contains("sides"));
  EXPECT_THROW(metric_named("infidelity", {{"sides", {4, 0}}}), ConfigError);
  EXPECT_THROW(metric_named("infidelity", {{"perturbation", "noise"}}), ConfigError);
}

}  // namespace
}  // namespace assay
