#include "harness/cluster/workload.h"

#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// 8 ranks, half an hour to a day.
ClusterProfile eight_ranks() {
  ClusterProfile profile;
  profile.nodes = 2;
  profile.ranks_per_node = 4;
  profile.shortest = 1800;
  profile.longest = 86400;
  profile.factor = 1.5;
  profile.notice = 300;
  profile.most_requeues = 3;
  return profile;
}

Workload hours(double count, double longest_unit = 1) {
  return {.units = 1000, .seconds = count * 3600, .longest_unit = longest_unit};
}

TEST(Workload, TheTimeToAskFor) {
  EXPECT_EQ(seconds_to_ask(hours(16), eight_ranks()), 2 * 3600 * 1.5 + 120);
  EXPECT_EQ(seconds_to_ask(hours(16, 5 * 3600), eight_ranks()), 5 * 3600 * 1.5 + 120);  // not below a unit
  EXPECT_EQ(seconds_to_ask(hours(0.1), eight_ranks()), 1800);
  EXPECT_EQ(seconds_to_ask(hours(1000), eight_ranks()), 86400);
  EXPECT_EQ(seconds_to_ask({.units = 1, .seconds = 1e300, .longest_unit = 1e300}, eight_ranks()), 86400);
  EXPECT_EQ(seconds_to_ask({.units = 900, .seconds = 8 * 3601, .longest_unit = 1}, eight_ranks()) % 60, 0);
}

TEST(Workload, ItsReason) {
  EXPECT_EQ(reason_to_ask(hours(16), eight_ranks()),
            "About 2 h 00 min on 8 ranks, times 1.5, and 2 min 00 s to start.");
  EXPECT_EQ(reason_to_ask(hours(0.1), eight_ranks()),
            "About 45 s on 8 ranks, times 1.5, and 2 min 00 s to start; raised to the profile's least.");
  EXPECT_EQ(reason_to_ask(hours(800), eight_ranks()),
            "About 100 h 00 min on 8 ranks, times 1.5, and 2 min 00 s to start; cut to what the profile "
            "allows, the rest "
            "after requeues.");
}

TEST(Workload, Remarks) {
  EXPECT_THAT(remarks_on(hours(16), eight_ranks(), 3 * 3600), IsEmpty());
  EXPECT_THAT(remarks_on({}, eight_ranks(), 1800), ElementsAre("nothing is left to compute"));
  EXPECT_THAT(remarks_on({.units = 5, .seconds = 60, .longest_unit = 12}, eight_ranks(), 1800),
              ElementsAre("5 units for 8 ranks: 3 of them will have nothing to do"));
  EXPECT_THAT(
      remarks_on(hours(16, 280), eight_ranks(), 3 * 3600),
      ElementsAre(
          "a unit takes up to 4 min 40 s, and gets 4 min 30 s when the limit is near (requeue.notice of the "
          "profile): those in flight will be computed again after each requeue"));
  EXPECT_THAT(remarks_on(hours(16), eight_ranks(), 3600), ElementsAre("will be requeued about 2 times"));
  EXPECT_THAT(
      remarks_on(hours(800), eight_ranks(), 86400),
      ElementsAre("about 5 starts of 1-00:00:00 are needed, 4 are allowed (requeue.most of the profile)"));
}

TEST(Workload, SpeedCountsUntilUnitsAreFinishedThere) {
  const Plan made = test::plan(test::kMethods + test::kMetric + "block: 4\n");
  const std::vector<Unit> units = units_of(made, {});
  ASSERT_EQ(units.size(), 2u);  // of four images and of two
  ExperimentForecast its;
  its.pace.forward = 1;
  its.price = price_of(made, units[0]);
  its.price += price_of(made, units[1]);
  const double all = its.seconds();
  const Workload slow = workload_of(made, units, std::vector{its}, 1);
  EXPECT_EQ(slow.units, 2u);
  EXPECT_EQ(slow.seconds, all);
  EXPECT_EQ(slow.longest_unit, its.pace.seconds(price_of(made, units[0])));
  const Workload quick = workload_of(made, units, std::vector{its}, 4);
  EXPECT_EQ(quick.seconds, all / 4);
  EXPECT_EQ(quick.longest_unit, slow.longest_unit / 4);
  its.tried = {{"confidence-gain", 0.5}};
  const Workload tried = workload_of(made, units, std::vector{its}, 1);
  EXPECT_EQ(tried.seconds, its.seconds());
  EXPECT_EQ(tried.longest_unit, its.seconds(price_of(made, units[0])));
  EXPECT_LT(tried.longest_unit, slow.longest_unit);
  its.tried.clear();
  its.finished = 1;
  its.correction = 0.5;
  const Workload known = workload_of(made, units, std::vector{its}, 4);
  EXPECT_EQ(known.seconds, all / 2);
  EXPECT_EQ(known.longest_unit, slow.longest_unit / 2);
}

}  // namespace
}  // namespace assay
