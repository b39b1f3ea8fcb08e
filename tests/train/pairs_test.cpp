#include "harness/train/pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/core/error.h"
#include "tests/error_text.h"

namespace assay {
namespace {

const std::vector<std::int64_t> kSixFloors{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5};

std::int64_t similar_in(const std::vector<Pair>& pairs) {
  return std::ranges::count(pairs, true, &Pair::similar);
}

std::set<std::pair<std::int64_t, std::int64_t>> distinct(const std::vector<Pair>& pairs) {
  std::set<std::pair<std::int64_t, std::int64_t>> set;
  for (const Pair& pair : pairs) set.emplace(pair.first, pair.second);
  return set;
}

TEST(BalancedPairs, AreThePublished540) {
  const std::vector<Pair> pairs = balanced_pairs(kSixFloors, 1);
  EXPECT_EQ(pairs.size(), 540u);
  EXPECT_EQ(similar_in(pairs), 270);
  EXPECT_EQ(distinct(pairs).size(), 18u * 18u);  // each ordered pair at least once
  for (const Pair& pair : pairs) EXPECT_EQ(pair.similar, kSixFloors[pair.first] == kSixFloors[pair.second]);
}

TEST(BalancedPairs, FillUpWhicheverAreFewer) {
  const std::vector<Pair> pairs = balanced_pairs(std::vector<std::int64_t>{7, 7, 7, 2}, 1);
  EXPECT_EQ(pairs.size(), 20u);  // 9 + 1 similar, 6 dissimilar
  EXPECT_EQ(similar_in(pairs), 10);
}

TEST(BalancedPairs, DependOnTheSeedAlone) {
  EXPECT_EQ(balanced_pairs(kSixFloors, 4), balanced_pairs(kSixFloors, 4));
  EXPECT_NE(balanced_pairs(kSixFloors, 4), balanced_pairs(kSixFloors, 5));
}

TEST(BalancedPairs, AreMixed) {
  const std::vector<Pair> pairs = balanced_pairs(kSixFloors, 1);
  const std::int64_t early = similar_in({pairs.begin(), pairs.begin() + 270});
  EXPECT_GT(early, 100);
  EXPECT_LT(early, 170);
}

TEST(BalancedPairs, NeedTwoFloors) {
  EXPECT_EQ(test::error_text<ConfigError>([] {
              balanced_pairs(std::vector<std::int64_t>{3, 3}, 1);
            }),
            "training needs views of at least two floors");
}

}  // namespace
}  // namespace assay
