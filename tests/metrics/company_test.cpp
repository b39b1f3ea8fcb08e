#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::contributions;
using test::kToySide;
using test::linear_subject;
using test::metric_named;
using test::perturbing;

/// Input x gradient of a linear network with a bit of structure on top, made again from other pixels on
/// demand.
Explanation again_explained(const Network& network, const Tensor& pixels, const std::vector<Query>& queries,
                            double factor) {
  const auto maps = [=](const Tensor& shown, const std::vector<Query>& asked) {
    const Tensor found = contributions(network, shown, asked);
    return (found * factor + 0.01 * found.square()).to(at::kFloat);
  };
  return {{maps(pixels, queries)}, queries, [maps](Subject& other, std::span<const Query> asked) {
            return std::vector<Tensor>{maps(other.pixels(), {asked.begin(), asked.end()})};
          }};
}

/// To the bit, but for what passes by the clock.
void expect_same_record(const Record& a, const Record& b, const std::string& what) {
  EXPECT_EQ(a.status, b.status) << what;
  EXPECT_EQ(a.values, b.values) << what;
  EXPECT_EQ(a.curves, b.curves) << what;
  EXPECT_EQ(a.cost.work, b.cost.work) << what;
  EXPECT_EQ(a.cost.forwards, b.cost.forwards) << what;
}

TEST(Company, RecordsAreTheSameInAnyBlockAndCompany) {
  for (const auto& [name, settings] : perturbing()) {
    Subject three = linear_subject(3), one = linear_subject(1);
    const std::vector<Query> queries = test::predictions(three);
    const Explanation first = again_explained(three.network(), three.pixels(), queries, 1),
                      second = again_explained(three.network(), three.pixels(), queries, -2);
    const auto metric = metric_named(name, settings);
    const std::vector<Variant> variants = metric->variants();
    const std::vector<Task> tasks{{&first, &variants[0].settings}, {&second, &variants[0].settings}};
    const auto together = metric->observe(three, tasks, {});
    const Explanation single = again_explained(one.network(), one.pixels(), {queries[0]}, -2);
    const Record alone = test::observed_by(*metric, one, single)[0];
    EXPECT_EQ(alone.status, Status::ok) << name << ": " << alone.reason;
    EXPECT_EQ(alone.curves.size(), metric->curves().size()) << name;
    EXPECT_EQ(alone.values.size(), metric->columns().size()) << name;
    EXPECT_GE(alone.cost.forwards, name == "max-sensitivity" ? 0 : 3) << name;
    expect_same_record(together[1][0], alone, name);
    EXPECT_NE(std::pair(together[0][0].values, together[0][0].curves), std::pair(alone.values, alone.curves))
        << name;
  }
}

/// Prices are those of the records, where these are known before: all but AOPC's windows are whole passes
/// here.
TEST(Company, PricesAreWhatRecordsCost) {
  for (const auto& [name, settings] : perturbing()) {
    Subject subject = linear_subject(1);
    const Explanation maps =
        again_explained(subject.network(), subject.pixels(), test::predictions(subject), 1);
    const auto metric = metric_named(name, settings);
    const Cost cost = test::observed_by(*metric, subject, maps)[0].cost;
    const std::int64_t price = metric->price(subject.network()).forwards;
    EXPECT_GE(cost.forwards, price) << name;
    EXPECT_LE(cost.forwards, price + 1) << name;  // the image itself
  }
}

TEST(Company, OnlyMetricsWithRandomNumbersUseTheSeed) {
  for (const auto& [name, settings] : perturbing()) {
    const auto metric = metric_named(name, settings);
    const bool ordered = name == "insertion" || name == "deletion" || name == "pixel-flipping";
    EXPECT_EQ(metric->uses_seed(metric->variants()[0].settings), !ordered) << name;
    EXPECT_EQ(metric->reads_sign(), name == "infidelity") << name;
  }
}

}  // namespace
}  // namespace assay
