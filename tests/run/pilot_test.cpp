#include "harness/run/pilot.h"

#include <gtest/gtest.h>

#include "harness/network/tensor.h"
#include "harness/run/forecast.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using test::kMethods;
using test::plan;

/// A mask of the whole image needs its base and one hybrid, whatever the network says.
const std::string kWholeMask = "metrics: [{metric: confidence-gain, rho: 1, base: zero}]\n";

TEST(Pilot, WeighsWhatItSawAgainstThePrice) {
  const Plan made = plan(kMethods + kWholeMask);
  const auto shares = pilot(made, made.experiments[0], at::kCPU);
  ASSERT_EQ(shares.size(), 1u);  // price 25, taken for seen four times; 2 seen on four images with three maps
  EXPECT_DOUBLE_EQ(shares.at("confidence-gain"), (4 * 25 + 12 * 2) / (16 * 25.0));
}

TEST(Pilot, TakesSamplesWhoseLabelTheNetworkKnows) {
  const test::World world;
  world.folder.write("images/list.txt", "0.ppm 9\n1.ppm 9\n2.ppm 9\n3.ppm 9\n4.ppm 1\n");
  const Plan made = make_plan(world.config("protocols: [authors-code]\n" + kMethods + kWholeMask));
  EXPECT_EQ(pilot(made, made.experiments[0], at::kCPU).size(), 1u);
}

TEST(Pilot, MetricsThatPredictNothingAreLeftOut) {
  const Plan made = plan(
      "methods: [{method: center}]\nmetrics: [{metric: region-overlap, rho: 0.25}]\nprotocols: [paper]\n");
  EXPECT_TRUE(pilot(made, made.experiments[0], at::kCPU).empty());
}

TEST(Pilot, MetricsWhoseCostIsKnownAreLeftOut) {
  const Plan made =
      plan("methods: [{method: center}]\nmetrics: [{metric: deletion, step: 64}, {metric: aopc}]\n");
  EXPECT_TRUE(pilot(made, made.experiments[0], at::kCPU).empty());
}

TEST(Pilot, AForecastExpectsWhatItFound) {
  const Plan made = plan(kMethods + kWholeMask);
  const std::vector<Unit> units = units_of(made, {});
  const ExperimentForecast its = forecast(made, units, {}, Care::thorough)[0];
  EXPECT_EQ(its.price.metrics.at("confidence-gain").forwards, 6 * 4 * 25);
  EXPECT_EQ(its.expected().metrics.at("confidence-gain").forwards, 6 * 4 * 25 * 31 / 100);
  EXPECT_EQ(its.expected().methods.at("occ").forwards, its.price.methods.at("occ").forwards);
  EXPECT_EQ(its.seconds(), its.pace.seconds(its.expected()));
}

}  // namespace
}  // namespace assay
