#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <functional>

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
using testing::HasSubstr;

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

TEST(ExecuteFailures, AnUnreadableImageFailsAndTheOthersGoOn) {
  const Plan made = plan(kMethods + kMetric + "block: 3\n");
  const Unit unit = units_of(made, {})[0];
  std::vector<Decoded> images = images_of(made, unit);
  images[1] = {Tensor(), "1.ppm: truncated"};
  const UnitResult result = test::execute(made, unit, images);
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
  for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_TRUE(same_numbers(mine[i], theirs[i]));
}

TEST(ExecuteFailures, AReasonDoesNotSayWhereTheDataLie) {
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

TEST(ExecuteFailures, NoImageAtAll) {
  const Plan made = plan(kMethods + kMetric);
  const Unit unit = units_of(made, {})[0];
  const UnitResult result = test::execute(made, unit, std::vector<Decoded>{{Tensor(), "gone"}});
  EXPECT_EQ(result.observations.size(), 16u);
  for (const ObservationRow& row : result.observations) EXPECT_EQ(row.record.status, Status::failed);
}

TEST(ExecuteFailures, WithoutALabelTheLabelIsNotExplained) {
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

TEST(ExecuteFailures, UnsupportedCellsAreSkippedWithTheReason) {
  const Plan made =
      plan("methods:\n  - {method: c-mwp, layer: classes, contrast: mean}\n  - {method: center}\n" + kMetric);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  EXPECT_EQ(result.observations.front().record.status, Status::skipped);
  EXPECT_THAT(result.observations.front().record.reason, HasSubstr("does not feed"));
  EXPECT_EQ(result.observations.back().record.status, Status::ok);
}

TEST(ExecuteFailures, AFaultyMethodFailsAloneAndWithWhatIsBuiltOnIt) {
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

/// Maps of one value, which says why.
class Excused : public Method {
 public:
  explicit Excused(double value) : value_(value) {}
  Attribution attribute(Subject&, std::span<const Query> queries) const override {
    const auto count = std::ssize(queries);
    return {.raw = at::full({count, 1, 16, 16}, value_),
            .reasons = std::vector<std::string>(queries.size(), "too small")};
  }
  Cost price(const Network&) const override { return {}; }

 private:
  double value_;
};

TEST(ExecuteFailures, AMethodSaysWhatIsTheMatterWithItsMap) {
  const Plan good = plan(kMethods + kMetric);
  const Unit unit = units_of(good, {})[0];
  const UnitResult empty = compute(with_method(good, std::make_shared<Excused>(0)), unit);
  EXPECT_EQ(empty.explanations[0].status, Status::suspect);
  EXPECT_EQ(empty.explanations[0].reason, "constant map: too small");
  EXPECT_EQ(empty.observations[0].record.status, Status::suspect);
  EXPECT_EQ(empty.observations[0].record.reason, "constant map: too small");
  const UnitResult none = compute(with_method(good, std::make_shared<Excused>(std::nan(""))), unit);
  EXPECT_EQ(none.explanations[0].status, Status::failed);
  EXPECT_EQ(none.explanations[0].reason, "too small");
}

TEST(ExecuteFailures, VarWithoutKnownClassesFailsAndSaysSo) {
  const Plan made = plan("methods:\n  - {method: var, of: grad}\n  - {method: center}\n" + kMetric);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  EXPECT_EQ(result.explanations[0].status, Status::failed);
  EXPECT_THAT(result.explanations[0].reason, HasSubstr("needs to know the classes on the image"));
  EXPECT_EQ(result.explanations[1].status, Status::ok);
}

TEST(ExecuteFailures, ABlockKeepsTheQueriesThatStand) {
  const Plan good = plan(kMethods + kMetric + "block: 3\n");
  const Unit unit = units_of(good, {})[0];
  int calls = 0;
  const Plan made = with_method(good, std::make_shared<Faulty>([&calls](std::int64_t n) {
                                  const Tensor raw = at::rand({n, 1, 16, 16});
                                  if (++calls == 2) raw.fill_(std::nan(""));
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
