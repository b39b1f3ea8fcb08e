#include <gtest/gtest.h>

#include "methods/map.h"
#include "methods/method.h"
#include "metrics/noise.h"
#include "tests/run/unit_world.h"

// Metrics that perturb images, in a unit of work.

namespace assay {
namespace {

const std::string kPerturbing =
    "metrics:\n"
    "  - {metric: insertion, step: 64}\n"
    "  - {metric: deletion, step: 64}\n"
    "  - {metric: pixel-flipping, steps: 3}\n"
    "  - {metric: aopc, region: 4, steps: 3, repeats: 2}\n"
    "  - {metric: road, shares: [0.2, 0.6]}\n"
    "  - {metric: sensitivity-n, points: 3, sets: 6}\n"
    "  - {metric: infidelity, samples: 7, sides: [2, 5]}\n"
    "  - {metric: max-sensitivity, samples: 2, radius: 0.1}\n";
constexpr std::size_t kMetrics = 8;
const std::string kExplainers =
    "methods:\n"
    "  - {name: g, method: grad}\n"
    "  - {name: o, method: occ, patch: 4, stride: 4}\n"
    "  - {name: r, method: rise, masks: 9, grid: 3}\n"
    "  - {name: both, method: agreement, of: [g, o]}\n";

TEST(Perturbations, RecordsDoNotDependOnTheCut) {
  const Plan blocks = test::plan(kExplainers + kPerturbing + "block: 6\n"),
             singles = test::plan(kExplainers + kPerturbing + "block: 1\n");
  const UnitResult all = test::compute(blocks, units_of(blocks, {})[0]);
  for (const Unit& unit : units_of(singles, {})) {
    const UnitResult one = test::compute(singles, unit);
    const std::string sample = one.samples[0].sample;
    const auto mine = test::records_of(one, sample), theirs = test::records_of(all, sample);
    ASSERT_EQ(mine.size(), 4 * kMetrics);
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i)
      EXPECT_TRUE(test::same_numbers(mine[i], theirs[i]))
          << one.samples[0].name << " " << i << ": " << mine[i].reason << " / " << theirs[i].reason;
  }
}

/// What grad and rise find under the noise of a sample, made by hand.
TEST(Perturbations, MapsAreMadeAgainWithEverythingElseEqual) {
  const Plan made = test::plan(kExplainers + kPerturbing);
  const Unit unit = units_of(made, {})[0];
  const UnitResult result = test::compute(made, unit);
  const Experiment& experiment = made.experiments[0];
  const Tensor pixels = test::images_of(made, unit)[0].pixels.to(at::kFloat).unsqueeze(0);
  const std::string picture = picture_of(experiment.samples[0]);
  const auto subject_of = [&](const Tensor& shown) {
    return Subject(experiment.network, shown, {picture}, made.seed, numerics_of(made, experiment, at::kCPU));
  };
  Subject plain = subject_of(pixels);
  const std::vector<Query> queries{{0, result.samples[0].predicted}};
  const auto map = [&](const PlannedExplanation& planned, Subject& subject) {
    const MapView& view = planned.maps.front();
    const Method& method = *experiment.roster->raws[static_cast<std::size_t>(view.raw)].method;
    return map_of(view.view, method.attribute(subject, queries).raw, subject)[0].to(at::kDouble);
  };
  int checked = 0;
  for (std::size_t i = 0; i < unit.cells.size(); ++i) {
    const PlannedCell& cell = experiment.roster->cells[static_cast<std::size_t>(unit.cells[i])];
    const PlannedExplanation& planned =
        experiment.roster->explanations[static_cast<std::size_t>(cell.explanation)];
    if (experiment.roster->metrics[static_cast<std::size_t>(cell.metric)].name != "max-sensitivity" ||
        planned.maps.size() != 1)
      continue;
    const Record& record = result.observations[i].record;
    const Tensor before = map(planned, plain);
    ASSERT_EQ(record.curves.size(), 1u) << planned.method << ": " << record.reason;
    for (std::uint64_t sample = 0; sample < 2; ++sample) {
      const Tensor noise = uniform_noise({3, 16, 16}, -25.5, 25.5,
                                         mix_seed({mix_seed(plain.seed(0), "max-sensitivity"), sample}));
      Subject noisy = subject_of(pixels + noise);
      const double wanted = ((map(planned, noisy) - before).norm() / before.norm()).item<double>();
      EXPECT_NEAR(record.curves[0][sample], wanted, 1e-6) << planned.method;
      EXPECT_GT(wanted, 1e-4) << planned.method;
    }
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

TEST(Perturbations, MakingMapsAgainIsBilledAndPriced) {
  const Plan made = test::plan(
      "methods: [{method: occ, patch: 4, stride: 4}]\nmetrics: [{metric: "
      "max-sensitivity, samples: 3}]\n");
  const Unit unit = units_of(made, {})[0];
  const UnitResult result = test::compute(made, unit);
  const Cost map = result.explanations[0].cost, metric = result.observations[0].record.cost;
  EXPECT_EQ(metric.forwards, 3 * map.forwards);
  EXPECT_EQ(metric.work.asked, 3 * map.work.asked);
  EXPECT_EQ(price_of(made, unit).metrics.at("max-sensitivity").forwards, 3 * map.forwards);
}

TEST(Perturbations, AnIntersectionHasNoOrder) {
  const Plan made = test::plan(kExplainers + kPerturbing);
  const UnitResult result = test::compute(made, units_of(made, {})[0]);
  std::size_t skipped = 0;
  for (const ObservationRow& row : result.observations) {
    if (row.record.status != Status::skipped) continue;
    ++skipped;
    EXPECT_EQ(row.record.reason, "an intersection of masks has no values to go by");
  }
  EXPECT_EQ(skipped, kMetrics);
}

}  // namespace
}  // namespace assay
