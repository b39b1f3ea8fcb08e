#include <gtest/gtest.h>

#include <set>

#include "harness/network/tensor.h"
#include "harness/run/unit.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using test::compute;
using test::images_of;
using test::kMethods;
using test::kMetric;
using test::plan;
using test::records_of;
using test::same_numbers;

TEST(Execute, ARowForEverySampleExplanationAndCell) {
  const Plan made = plan(kMethods + kMetric + "block: 6\n");
  const Unit unit = units_of(made, {})[0];
  const UnitResult result = compute(made, unit);
  EXPECT_EQ(result.samples.size(), 6u);
  EXPECT_EQ(result.explanations.size(), 4u * 6u);
  EXPECT_EQ(result.observations.size(), 16u * 6u);
  for (const SampleRow& row : result.samples) {
    EXPECT_EQ(row.status, Status::ok);
    EXPECT_GE(row.p_predicted, 0.25);
    EXPECT_EQ(row.right, row.predicted == row.labels.at(0));
    EXPECT_EQ(row.right, row.p_label == row.p_predicted);
    EXPECT_GE(row.margin, 0);
  }
}

TEST(Execute, RecordsDoNotDependOnTheCut) {
  const Plan blocks = plan(kMethods + kMetric + "block: 6\n"),
             singles = plan(kMethods + kMetric + "block: 1\n");
  const UnitResult all = compute(blocks, units_of(blocks, {})[0]);
  for (const Unit& unit : units_of(singles, {})) {
    const UnitResult one = compute(singles, unit);
    const auto mine = records_of(one, one.samples[0].sample), theirs = records_of(all, one.samples[0].sample);
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i)
      EXPECT_TRUE(same_numbers(mine[i], theirs[i])) << one.samples[0].name << " " << i;
  }
}

TEST(Execute, SecondsOfSharedWavesAreApportionedByForwards) {
  const Plan made = plan(kMethods + kMetric + "block: 6\n");
  const UnitResult result = compute(made, units_of(made, {})[0]);
  const Cost first = result.observations[0].record.cost;
  ASSERT_GT(first.forwards, 1);
  double sum = 0;
  std::set<std::int64_t> forwards;
  for (const ObservationRow& row : result.observations) {
    const Cost& cost = row.record.cost;
    forwards.insert(cost.forwards);
    EXPECT_NEAR(cost.seconds / static_cast<double>(cost.forwards),
                first.seconds / static_cast<double>(first.forwards), 1e-9);
    sum += cost.seconds;
  }
  EXPECT_GE(forwards.size(), 2u);
  EXPECT_GT(sum, 0);
  EXPECT_LT(sum, result.seconds);
}

TEST(Execute, SecondsWithoutForwardsAreApportionedEvenly) {
  const Plan made =
      plan("methods: [{method: center}, {method: edge}]\nmetrics: [{metric: region-overlap}]\nblock: 3\n");
  const UnitResult result = compute(made, units_of(made, {})[0]);
  for (const ObservationRow& row : result.observations) {
    EXPECT_EQ(row.record.cost.forwards, 0);
    EXPECT_GT(row.record.cost.seconds, 0);
    EXPECT_EQ(row.record.cost.seconds, result.observations[0].record.cost.seconds);
  }
}

TEST(Execute, MapsAreBilledTheirMultiplyAdds) {
  const Plan made = plan(kMethods + kMetric + "block: 2\n");
  const UnitResult result = compute(made, units_of(made, {})[0]);
  const auto one = static_cast<std::int64_t>(made.experiments[0].multiply_adds);
  for (const std::size_t image : {0, 1}) {
    const Cost &occ = result.explanations[image].cost, &grad = result.explanations[2 + image].cost,
               &both = result.explanations[6 + image].cost;
    EXPECT_EQ(occ.forwards, 25);
    EXPECT_EQ(occ.work, made.experiments[0].roster->raws[0].price.work);
    EXPECT_EQ(occ.work.asked, 25 * one);
    EXPECT_LT(occ.work.done, occ.work.asked);
    EXPECT_EQ(grad.work, (Work{2 * one, 2 * one}));
    EXPECT_EQ(both.forwards, 26);
    EXPECT_EQ(both.work.done, occ.work.done + grad.work.done);
  }
  EXPECT_GT(result.peak_memory, 1 << 20);
}

TEST(Execute, ConstantMapsAreSuspect) {
  const Plan made = plan(kMethods + kMetric);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  EXPECT_EQ(result.explanations[2].status, Status::suspect);
  EXPECT_EQ(result.explanations[2].reason, "constant map");
  EXPECT_EQ(result.observations.back().record.status, Status::suspect);
  EXPECT_EQ(result.observations.front().record.status, Status::ok);
}

TEST(Execute, RegionsOfTheExplainedClassReachTheMetrics) {
  Plan made = plan(
      "protocols: [authors-code]\nmethods: [{method: center}]\nmetrics: [{metric: region-overlap, rho: "
      "1}]\nblock: 4\n");
  const Unit unit = units_of(made, {})[0];
  std::vector<Decoded> images = images_of(made, unit);
  const Tensor half = at::ones({16, 16}, at::kBool).index_fill(0, at::arange(8), 0);
  std::vector<Sample>& samples = made.experiments[0].samples;
  for (std::size_t i = 0; i < 3; ++i) images[i].regions = {{half, ""}};
  samples[0].regions = {{samples[0].labels.front(), ""}};
  samples[1].regions = {{{(samples[1].labels.front().index + 1) % 4, ""}, ""}};
  samples[2].regions = {{{-1, "unknown"}, ""}};
  images[3].regions = {{Tensor(), "/data/3.png: not an image"}};
  samples[3].regions = {{samples[3].labels.front(), "/data/3.png"}};
  const UnitResult result = test::execute(made, unit, images);
  EXPECT_EQ(result.observations[0].record.values, (std::vector<double>{256, 128, 128, 256}));
  for (std::size_t i = 1; i < 3; ++i)
    EXPECT_EQ(result.observations[i].record.reason, "no region of the explained class");
  EXPECT_EQ(result.observations[3].record.status, Status::failed);
  EXPECT_EQ(result.observations[3].record.reason, "mask: not an image");
}

}  // namespace
}  // namespace assay
