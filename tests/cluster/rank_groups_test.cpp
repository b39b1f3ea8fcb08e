#include "harness/cluster/rank_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::ElementsAre;

TEST(RankGroups, TheLargestFirst) {
  const auto groups = groups_of({"a", "b", "b", "c", "b"});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].value, "b");
  EXPECT_THAT(groups[0].ranks, ElementsAre(1, 2, 4));
  EXPECT_EQ(groups[1].value, "a");
  EXPECT_EQ(groups_text(groups), "b (ranks 1-2 and 4), a (rank 0), c (rank 3)");
  EXPECT_EQ(groups_text(groups_of({"a", "a"})), "a");
}

TEST(RankGroups, NamesRanksByRuns) {
  EXPECT_EQ(ranks_text(std::vector<int>{7}), "rank 7");
  EXPECT_EQ(ranks_text(std::vector<int>{0, 1, 2, 3}), "ranks 0-3");
  EXPECT_EQ(ranks_text(std::vector<int>{0, 2, 4, 5, 9}), "ranks 0, 2, 4-5 and 9");
}

}  // namespace
}  // namespace assay
