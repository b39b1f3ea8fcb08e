#include "methods/evidence.h"

#include <gmock/gmock.h>

#include <cmath>

#include "harness/network/subject.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

using ::testing::ElementsAre;

Evidence evidence_of(Json settings) {
  Params params(std::move(settings));
  return Evidence(params);
}

/// log2 odds of 1 are log2 ((n + 1) / (K - 1)), those of 0 log2 (1 / (n + K - 1)).
TEST(Evidence, ClosedForms) {
  const Evidence some = evidence_of({{"laplace", 4.0}});
  EXPECT_NEAR(some.lost(1, 0, 2), std::log2(5) + std::log2(5), 1e-12);
  EXPECT_NEAR(some.lost(0.5, 0.25, 5), std::log2(3.0 / 6) - std::log2(2.0 / 7), 1e-12);
  EXPECT_EQ(some.lost(0.3, 0.3, 7), 0);
  EXPECT_EQ(some.lost(0.2, 0.7, 3), -some.lost(0.7, 0.2, 3));
  EXPECT_EQ(evidence_of({{"measure", "probability"}}).lost(0.75, 0.5, 1000), 0.25);
  EXPECT_NEAR(evidence_of(Json::object()).lost(0.5, 0.25, 2), std::log2(3), 1e-3);  // n hardly corrects
}

TEST(Evidence, IsFiniteForATrainingSetOfAnySize) {
  for (const double n : {1.0, 1e5, 1e18, 1e300}) {
    const Evidence one = evidence_of({{"laplace", n}});
    EXPECT_TRUE(std::isfinite(one.lost(1, 0, 1000))) << n;
    EXPECT_GT(one.lost(1, 0.5, 1000), 0) << n;
  }
}

TEST(KeptClasses, AreAllWhereTheyFit) {
  const std::vector<std::int64_t> targets{7, 3};
  const KeptClasses all(100, 10, targets), few(50'000, 1000, targets);
  EXPECT_EQ(all.size(), 10);
  EXPECT_EQ(all.place(3), 3);
  EXPECT_EQ(all.words(), "");
  EXPECT_THAT(few.classes(), ElementsAre(7, 3));
  EXPECT_EQ(few.place(3), 1);
  EXPECT_EQ(few.words(), ", classes 7,3");
}

TEST(MeanProbabilities, OfRowsThatFollowEachOther) {
  const Tensor logits = exact({0, std::log(3), std::log(3), 0, 0, 0, 0, std::log(7)}, {4, 2});
  const std::vector<std::int64_t> both{1, 0};
  const Tensor means = mean_probabilities(logits, 2, both);
  EXPECT_TRUE(at::allclose(means, exact({0.5, 0.5, 0.6875, 0.3125}, {2, 2})));
}

}  // namespace
}  // namespace assay::test
