#include <gmock/gmock.h>

#include <algorithm>

#include "harness/network/tensor.h"
#include "harness/run/unit.h"
#include "harness/store/journal.h"
#include "harness/store/results.h"
#include "metrics/parameter_randomization_scores.h"
#include "metrics/random_logit_scores.h"
#include "tests/run/unit_world.h"

// Sanity checks from configuration to records: methods explain again on networks with other weights.

namespace assay {
namespace {

using test::compute;
using test::plan;
using test::records_of;
using test::same_numbers;

const std::string kChecked =
    "methods:\n"
    "  - {name: grad, method: grad}\n"
    "  - {name: edge, method: edge}\n"
    "  - {name: random, method: random}\n"
    "  - {name: rise, method: rise, masks: 24, grid: 3}\n"
    "  - {name: var, method: var, of: input-gradient, classes: top-k, k: 2}\n"
    "  - {name: cam, method: grad-cam}\n"
    "  - {name: both, method: agreement, of: [grad, edge]}\n";
constexpr std::size_t kCheckedMethods = 7;
const std::string kSanityMetrics =
    "metrics: [{metric: parameter-randomization, cell: 4}, {metric: random-logit, cell: 4}]\n";

bool same_curves(const Record& a, const Record& b) {
  return std::ranges::equal(a.curves, b.curves, [](const auto& x, const auto& y) {
    return std::ranges::equal(x, y,
                              [](double p, double q) { return p == q || (std::isnan(p) && std::isnan(q)); });
  });
}

/// Of the first image: records by cell, methods times one variant of the first metric, then of the second.
std::vector<Record> first_records(const std::string& more) {
  const Plan made = plan(more);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  return records_of(result, result.samples[0].sample);
}

RandomizationObservation observed_by(const Record& record) {
  return randomization_observation(record.values);
}

TEST(SanityRun, MethodsExplainAgainOnNetworksWithOtherWeights) {
  const std::vector<Record> records = first_records(kChecked + kSanityMetrics);
  ASSERT_EQ(records.size(), 2 * kCheckedMethods);
  for (const std::size_t method : {0, 1, 2, 3}) {
    const RandomizationObservation seen = observed_by(records[method]);
    EXPECT_EQ(records[method].status, Status::ok) << method << records[method].reason;
    EXPECT_EQ(seen.steps, 3) << method;
    EXPECT_EQ(records[method].curves[0].size(), 3u) << method;
  }
  for (const std::size_t control : {1, 2})
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(observed_by(records[control]).last[i], 1, 1e-12) << control;
      EXPECT_NEAR(random_logit_observation(records[kCheckedMethods + control].values).similarity[i], 1,
                  1e-12);
    }
  EXPECT_LT(observed_by(records[0]).last[0], 0.9);
  EXPECT_NEAR(observed_by(records[0]).repeat[0], 1, 1e-12);
  EXPECT_LT(observed_by(records[2]).repeat[0], 0.5);
  EXPECT_LT(observed_by(records[3]).repeat[0], 0.999);
  EXPECT_EQ(records[6].status, Status::skipped);
  EXPECT_EQ(records[6].reason, "an intersection of masks has no values to compare");
}

TEST(SanityRun, FreshNumbersMakeTheRandomMapAnotherOne) {
  const std::vector<Record> records = first_records(
      "methods: [{method: random}, {method: edge}]\n"
      "metrics: [{metric: parameter-randomization, cell: 4, seed: fresh}]\n");
  EXPECT_NEAR(observed_by(records[0]).last[0], 0, 0.3);
  EXPECT_NEAR(observed_by(records[0]).repeat[0], 0, 0.3);
  EXPECT_NEAR(observed_by(records[1]).last[0], 1, 1e-12);
}

TEST(SanityRun, CurvesAreTheSameForAnyBlock) {
  const std::string text = kChecked + kSanityMetrics;
  const Plan blocks = plan(text + "block: 6\n"), singles = plan(text + "block: 1\n");
  const UnitResult all = compute(blocks, units_of(blocks, {})[0]);
  for (const Unit& unit : units_of(singles, {})) {
    const UnitResult one = compute(singles, unit);
    const auto mine = records_of(one, one.samples[0].sample), theirs = records_of(all, one.samples[0].sample);
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      EXPECT_TRUE(same_numbers(mine[i], theirs[i])) << one.samples[0].name << " " << i;
      EXPECT_TRUE(same_curves(mine[i], theirs[i])) << one.samples[0].name << " " << i;
    }
  }
}

TEST(SanityRun, CurvesDoNotDependOnOtherMethods) {
  const std::vector<Record> together = first_records(kChecked + kSanityMetrics);
  const std::vector<Record> alone = first_records("methods: [{name: grad, method: grad}]\n" + kSanityMetrics);
  ASSERT_EQ(alone.size(), 2u);
  EXPECT_TRUE(same_numbers(alone[0], together[0]));
  EXPECT_TRUE(same_curves(alone[0], together[0]));
  EXPECT_TRUE(same_numbers(alone[1], together[kCheckedMethods]));
}

TEST(SanityRun, IsPricedAsItIsBilled) {
  const Plan made = plan("methods: [{method: grad}]\n" + kSanityMetrics);
  const Unit unit = units_of(made, {})[0];
  const Price price = price_of(made, unit);
  const UnitResult result = compute(made, unit);
  const Cost &mprt = result.observations[0].record.cost, &other = result.observations[1].record.cost;
  EXPECT_EQ(mprt.forwards, 4);  // again, and on three networks
  EXPECT_EQ(price.metrics.at("parameter-randomization").forwards, mprt.forwards);
  EXPECT_EQ(price.metrics.at("parameter-randomization").backwards, mprt.backwards);
  EXPECT_EQ(price.metrics.at("parameter-randomization").work, mprt.work);
  EXPECT_EQ(price.metrics.at("random-logit").forwards, other.forwards);
  EXPECT_EQ(price.again.at("parameter-randomization").at("grad").backwards, mprt.backwards);
}

TEST(SanityRun, AResumedRunHasTheSameCurves) {
  const Plan made = plan(kChecked + kSanityMetrics + "block: 2\n");
  const std::vector<Unit> units = units_of(made, {});
  ASSERT_EQ(units.size(), 3u);
  const test::TemporaryFolder folder;
  {
    JournalWriter journal(folder / "journal/rank-0000.journal");
    journal.append(compute(made, units[1]));
  }
  const std::vector<Unit> rest = units_of(made, Finished::of_folder(folder.path()));
  ASSERT_EQ(rest.size(), 2u);
  {
    JournalWriter journal(folder / "journal/rank-0000.journal");
    for (const Unit& unit : rest) journal.append(compute(made, unit));
  }
  EXPECT_TRUE(units_of(made, Finished::of_folder(folder.path())).empty());
  EXPECT_EQ(merge(folder.path(), layout_of(made)).missing, 0u);
  const Plan whole = plan(kChecked + kSanityMetrics + "block: 6\n");
  const UnitResult direct = compute(whole, units_of(whole, {})[0]);
  const Results results(folder / "results.h5");
  for (std::size_t cell = 0; cell < 2 * kCheckedMethods; ++cell) {
    const std::vector<Record> stored = results.records(static_cast<int>(cell));
    ASSERT_EQ(stored.size(), 6u);
    for (std::size_t i = 0; i < 6; ++i) {
      const Record& expected = direct.observations[cell * 6 + i].record;
      EXPECT_TRUE(same_numbers(stored[i], expected)) << cell << " " << i;
      EXPECT_TRUE(same_curves(stored[i], expected)) << cell << " " << i;
    }
  }
}

TEST(SanityRun, AnotherSeedIsAnotherCell) {
  const auto ids = [](const std::string& seed) {
    const Plan made = plan("methods: [{method: grad}]\n" + kSanityMetrics + "seed: " + seed + "\n");
    std::vector<std::string> all;
    for (const PlannedCell& cell : made.experiments[0].roster->cells) all.push_back(cell.id);
    return all;
  };
  EXPECT_EQ(ids("1"), ids("1"));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NE(ids("1")[i], ids("2")[i]);
}

}  // namespace
}  // namespace assay
