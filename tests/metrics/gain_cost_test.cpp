#include <gtest/gtest.h>

#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "metrics/confidence_gain_scores.h"
#include "tests/metrics/gain.h"

namespace assay {
namespace {

using test::confidence_gain;
using test::every_variant;
using test::random_explanation;
using test::toy_subject;

TEST(GainCost, ARecordCostsItsBaseAndEveryHybridUpToTheRightOne) {
  Subject subject = toy_subject(6);
  const std::int64_t one = multiply_adds(subject.network());
  std::vector<Explanation> explanations;
  for (std::uint64_t seed = 1; seed < 6; ++seed) explanations.push_back(random_explanation(subject, seed));
  const auto variants = confidence_gain({{"rho", 0.01}, {"limit", 2}})->variants();
  const auto records = confidence_gain()->observe(subject, every_variant(explanations, variants), {});
  int reached = 0, missed = 0;
  for (const auto& task : records)
    for (const Record& record : task) {
      const GainObservation seen = gain_observation(record.values);
      (seen.reached ? reached : missed) += 1;
      const auto hybrids = seen.reached ? static_cast<std::int64_t>(seen.growth_steps) + 1 : 3;
      EXPECT_EQ(record.cost.forwards, 1 + hybrids);
      EXPECT_EQ(record.cost.backwards, 0);
      EXPECT_EQ(record.cost.work, (Work{(1 + hybrids) * one, (1 + hybrids) * one}));
    }
  EXPECT_GT(reached, 0);
  EXPECT_GT(missed, 0);
}

TEST(GainCost, TheCostOfARecordDoesNotDependOnItsCompany) {
  Subject together = toy_subject(4);
  std::vector<Explanation> explanations;
  for (std::uint64_t seed = 1; seed < 4; ++seed) explanations.push_back(random_explanation(together, seed));
  explanations.push_back(explanations.front());
  const auto variants = confidence_gain()->variants();
  const auto tasks = every_variant(explanations, variants);
  const auto all = confidence_gain()->observe(together, tasks, {});
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    Subject alone = toy_subject(4);
    const auto one = confidence_gain()->observe(alone, std::span(tasks).subspan(t, 1), {})[0];
    for (std::size_t q = 0; q < one.size(); ++q) EXPECT_EQ(one[q].cost.forwards, all[t][q].cost.forwards);
  }
}

TEST(GainCost, PriceIsClaimedPerQuery) {
  const Network network = test::toy_network();
  const Cost price = confidence_gain()->price(network);
  EXPECT_EQ(price.forwards, 25);
  EXPECT_EQ(price.backwards, 0);
  EXPECT_EQ(price.work.done, 25 * multiply_adds(network));
  EXPECT_EQ(confidence_gain({{"limit", 3}})->price(network).forwards, 5);  // base, first mask, three steps
}

}  // namespace
}  // namespace assay
