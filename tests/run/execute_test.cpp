#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <functional>
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
using testing::HasSubstr;
/// The observations of a sample's cells, in the order of the unit.
std::vector<Record> records_of(const UnitResult& result, const std::string& sample) {
  std::vector<Record> records;
  for (const ObservationRow& row : result.observations)
    if (row.sample == sample) records.push_back(row.record);
  return records;
}

bool same_bits(const Record& a, const Record& b) {
  if (a.status != b.status || a.reason != b.reason || a.values.size() != b.values.size()) return false;
  if (a.cost.forwards != b.cost.forwards || a.cost.work != b.cost.work) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (!(a.values[i] == b.values[i] || (std::isnan(a.values[i]) && std::isnan(b.values[i])))) return false;
  return true;
}

/// The same plan with another method behind the first raw map.
Plan with_method(Plan plan, std::shared_ptr<const Method> method) {
  auto roster = std::make_shared<Roster>(*plan.experiments[0].roster);
  roster->raws[0].method = std::move(method);
  plan.experiments[0].roster = roster;
  return plan;
}

class Faulty : public Method {
 public:
  explicit Faulty(std::function<Tensor(std::int64_t)> make) : make_(std::move(make)) {}
  Attribution attribute(Subject&, std::span<const Query> queries) const override {
    return {make_(static_cast<std::int64_t>(queries.size()))};
  }
  Cost price(const Network&) const override { return {}; }

 private:
  std::function<Tensor(std::int64_t)> make_;
};

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
      EXPECT_TRUE(same_bits(mine[i], theirs[i])) << one.samples[0].name << " " << i;
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

TEST(Execute, AnUnreadableImageFailsAndTheOthersGoOn) {
  const Plan made = plan(kMethods + kMetric + "block: 3\n");
  const Unit unit = units_of(made, {})[0];
  std::vector<Decoded> images = images_of(made, unit);
  images[1] = {Tensor(), "1.ppm: truncated"};
  const UnitResult result = execute(made, unit, made.experiments[0].network, at::kCPU, images);
  EXPECT_EQ(result.samples[1].status, Status::failed);
  EXPECT_EQ(result.samples[1].reason, "1.ppm: truncated");
  EXPECT_EQ(result.observations.size(), 16u * 3u);
  for (const Record& record : records_of(result, result.samples[1].sample)) {
    EXPECT_EQ(record.status, Status::failed);
    EXPECT_EQ(record.reason, "1.ppm: truncated");
  }
  const UnitResult whole = compute(made, unit);
  const auto mine = records_of(result, result.samples[2].sample),
             theirs = records_of(whole, result.samples[2].sample);
  for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_TRUE(same_bits(mine[i], theirs[i]));
}

TEST(Execute, AReasonDoesNotSayWhereTheDataLie) {
  const test::World damaged;
  const Plan made = make_plan(damaged.config("methods: [{method: center}]\n" + kMetric + "block: 3\n"));
  damaged.folder.write("images/1.ppm", "P6\n16 16\n255\n");
  std::filesystem::remove(damaged.folder / "images/2.ppm");
  const UnitResult result = compute(made, units_of(made, {})[0]);
  const std::vector<std::string> reasons{"", "not an image, or damaged", "no such file"};
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    EXPECT_EQ(result.samples[i].reason, reasons[i]);
    EXPECT_EQ(result.explanations[i].reason, reasons[i]);
    for (const Record& record : records_of(result, result.samples[i].sample))
      EXPECT_EQ(record.reason, reasons[i]);
  }
}

TEST(Execute, NoImageAtAll) {
  const Plan made = plan(kMethods + kMetric);
  const Unit unit = units_of(made, {})[0];
  const UnitResult result =
      execute(made, unit, made.experiments[0].network, at::kCPU, std::vector<Decoded>{{Tensor(), "gone"}});
  EXPECT_EQ(result.observations.size(), 16u);
  for (const ObservationRow& row : result.observations) EXPECT_EQ(row.record.status, Status::failed);
}

TEST(Execute, WithoutALabelTheLabelIsNotExplained) {
  Plan made = plan("protocols: [paper, authors-code]\nmethods: [{method: center}]\n" + kMetric);
  made.experiments[0].samples[0].labels.clear();
  const UnitResult result = compute(made, units_of(made, {})[0]);
  ASSERT_EQ(result.explanations.size(), 2u);
  EXPECT_EQ(result.explanations[0].status, Status::ok);
  EXPECT_EQ(result.explanations[1].status, Status::skipped);
  EXPECT_THAT(result.explanations[1].reason, HasSubstr("no label"));
  EXPECT_EQ(result.observations.front().record.status, Status::ok);
  EXPECT_EQ(result.observations.back().record.status, Status::skipped);
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
  const UnitResult result = execute(made, unit, made.experiments[0].network, at::kCPU, images);
  EXPECT_EQ(result.observations[0].record.values, (std::vector<double>{256, 128, 128, 256}));
  for (std::size_t i = 1; i < 3; ++i)
    EXPECT_EQ(result.observations[i].record.reason, "no region of the explained class");
  EXPECT_EQ(result.observations[3].record.status, Status::failed);
  EXPECT_EQ(result.observations[3].record.reason, "mask: not an image");
}

TEST(Execute, UnsupportedCellsAreSkippedWithTheReason) {
  const Plan made =
      plan("methods:\n  - {method: c-mwp, layer: classes, contrast: mean}\n  - {method: center}\n" + kMetric);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  EXPECT_EQ(result.observations.front().record.status, Status::skipped);
  EXPECT_THAT(result.observations.front().record.reason, HasSubstr("does not feed"));
  EXPECT_EQ(result.observations.back().record.status, Status::ok);
}

TEST(Execute, AFaultyMethodFailsAloneAndWithWhatIsBuiltOnIt) {
  const std::vector<std::pair<std::function<Tensor(std::int64_t)>, std::string>> faults{
      {[](std::int64_t) -> Tensor { throw std::runtime_error("out of memory\nand a stack"); },
       "occ: out of memory"},
      {[](std::int64_t) { return Tensor(); }, "occ: no attribution"},
      {[](std::int64_t n) {
         return at::zeros({n, 16, 16});
       },
       "occ: attribution of 1 queries has 3 dimensions and 256 values"},
      {[](std::int64_t n) {
         return at::full({n, 1, 16, 16}, std::nan(""));
       },
       "map is not finite"}};
  const Plan good = plan(kMethods + kMetric);
  const Unit unit = units_of(good, {})[0];
  for (const auto& [make, reason] : faults) {
    const Plan made = with_method(good, std::make_shared<Faulty>(make));
    const UnitResult result = compute(made, unit);
    ASSERT_EQ(result.explanations.size(), 4u);
    EXPECT_EQ(result.explanations[0].status, Status::failed);
    EXPECT_EQ(result.explanations[0].reason, reason);
    EXPECT_EQ(result.explanations[1].status, Status::ok);       // grad
    EXPECT_EQ(result.explanations[2].status, Status::suspect);  // uniform
    EXPECT_EQ(result.explanations[3].status,
              Status::failed);  // occ and grad: explanations of parts come last
    EXPECT_EQ(result.observations[0].record.status, Status::failed);
    EXPECT_EQ(result.observations[0].record.reason, reason);
    EXPECT_EQ(result.observations[4].record.status, Status::ok);
  }
}

TEST(Execute, ABlockKeepsTheQueriesThatStand) {
  const Plan good = plan(kMethods + kMetric + "block: 3\n");
  const Unit unit = units_of(good, {})[0];
  const Plan made = with_method(good, std::make_shared<Faulty>([](std::int64_t n) {
                                  const Tensor raw = at::rand({n, 1, 16, 16});
                                  raw[1].fill_(std::nan(""));
                                  return raw;
                                }));
  const UnitResult result = compute(made, unit);
  const auto status = [&](std::size_t sample) {
    return records_of(result, result.samples[sample].sample)[0].status;
  };
  EXPECT_EQ(status(0), Status::ok);
  EXPECT_EQ(status(1), Status::failed);
  EXPECT_EQ(status(2), Status::ok);
}

}  // namespace
}  // namespace assay
