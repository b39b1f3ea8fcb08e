#include "harness/run/forecast.h"

#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using test::kMethods;
using test::kMetric;
using test::plan;
using testing::HasSubstr;

const Pace kPace{.forward = 1,
                 .window = 10,
                 .window_multiply_add = 0.5,
                 .activations = 100,
                 .backward = 1000,
                 .growth_step = 0.25};

TEST(Pace, SecondsByHand) {
  const Cost whole{.forwards = 3, .work = {.asked = 300, .done = 300}},
      windows{.forwards = 2, .work = {.asked = 200, .done = 40}},
      walks{.forwards = 1, .backwards = 2, .work = {.asked = 300, .done = 300}};
  EXPECT_EQ(kPace.seconds({.methods = {{"a", whole}}, .metrics = {}}), 3);
  EXPECT_EQ(kPace.seconds({.methods = {{"a", windows}}, .metrics = {}}), 2 * 10 + 40 * 0.5);
  EXPECT_EQ(kPace.seconds({.methods = {{"a", walks}}, .metrics = {}}), 100 + 2 * 1000);
  EXPECT_EQ(kPace.seconds({.methods = {}, .metrics = {{"m", whole}}}), 3 * 1.25);
  EXPECT_EQ(kPace.seconds({.methods = {}, .metrics = {}, .padded = 32}), 32);
  Cost explains = whole;  // a metric that predicts, and asks two methods to explain again
  explains += windows;
  explains += walks;
  EXPECT_EQ(
      kPace.seconds({.methods = {},
                     .metrics = {{"m", explains}},
                     .again = {{"m", {{"occ", windows}, {"grad", walks}}}, {"other", {{"occ", windows}}}}}),
      3 * 1.25 + (2 * 10 + 40 * 0.5) + (100 + 2 * 1000));
}

TEST(Pace, IsMeasuredWhereThePriceAsksForIt) {
  const Plan made = plan(kMethods + kMetric);
  const Network& network = made.experiments[0].network;
  const Pace pace = measure_pace(network, {.batch = 4}, price_of(made, units_of(made, {})[0]), Care::quick);
  EXPECT_GT(pace.forward, 0);
  EXPECT_GT(pace.window + pace.window_multiply_add, 0);
  EXPECT_GT(pace.activations, 0);
  EXPECT_GT(pace.backward, 0);
  EXPECT_GT(pace.growth_step, 0);
  const Pace idle = measure_pace(network, {.batch = 4}, {}, Care::thorough);
  EXPECT_GT(idle.forward, 0);
  EXPECT_EQ(idle.window + idle.window_multiply_add + idle.activations + idle.backward + idle.growth_step, 0);
}

TEST(Forecast, UnitsAddUp) {
  const Plan made = plan(kMethods + kMetric + "block: 4\n");
  const std::vector<Unit> units = units_of(made, {});
  const ExperimentForecast its = forecast(made, units, {}, Care::quick)[0];
  EXPECT_EQ(its.units, 2u);
  EXPECT_EQ(its.records, 6u * 16u);
  EXPECT_EQ(its.price.methods.at("occ").forwards, 6 * 25);
  EXPECT_EQ(its.price.methods.at("grad").backwards, 6);
  EXPECT_EQ(its.price.metrics.at("confidence-gain").forwards, 6 * 16 * 25);
  EXPECT_EQ(its.price.padded, 4 + 4);
  EXPECT_EQ(its.correction, 1);
  EXPECT_GT(its.seconds(), 0);
}

TEST(Forecast, FinishedUnitsCorrectIt) {
  const Plan made = plan(kMethods + kMetric + "block: 2\n");
  const std::vector<Unit> units = units_of(made, {});
  Spent spent{.experiment = made.experiments[0].id, .cells = {}, .units = 2, .samples = 4, .seconds = 500};
  for (const PlannedCell& cell : made.experiments[0].roster->cells) spent.cells.push_back(cell.id);
  Spent elsewhere = spent, unknown = spent;
  elsewhere.experiment = "another";
  unknown.cells.push_back("no longer there");
  const std::vector<Spent> all{elsewhere, unknown, spent};
  const std::vector<Unit> rest{units[2]};
  const ExperimentForecast its = forecast(made, rest, all, Care::thorough)[0];
  EXPECT_EQ(its.finished, 2u);
  EXPECT_TRUE(its.tried.empty());
  EXPECT_NEAR(its.seconds(), 250, 1e-6);  // what each of them took
  const std::string text = forecast_text(made, std::vector<ExperimentForecast>{its}, 1, true);
  EXPECT_THAT(text, HasSubstr(", 1 units, about "));
  EXPECT_THAT(text, HasSubstr(" passes, 4 min 10 s at the pace of 2 finished units\n"));
}

TEST(Forecast, FinishedUnitsOfSharedPicturesCountThosePictures) {
  const std::string grids = fmt::format(
      "datasets=[{{name: grids, kind: grid, of: {{kind: list, path: {}/images/list.txt}}, n: 2, image: 8, "
      "reuse: true, count: 12}}]",
      test::world().folder.path());
  const Plan made = plan(kMethods + kMetric + "block: 6\n", {grids});
  const std::vector<Unit> units = units_of(made, {});
  ASSERT_EQ(units.size(), 2u);
  ASSERT_EQ(price_of(made, units[1]).padded, 8);  // six pictures of four samples
  Spent spent{.experiment = made.experiments[0].id, .cells = {}, .units = 1, .samples = 24, .seconds = 500};
  for (const PlannedCell& cell : made.experiments[0].roster->cells) spent.cells.push_back(cell.id);
  const std::vector<Unit> rest{units[1]};
  const std::vector<Spent> all{spent};
  EXPECT_NEAR(forecast(made, rest, all, Care::quick)[0].seconds(), 500, 1e-6);
}

TEST(Forecast, TextByHand) {
  const Plan made = plan(kMethods + kMetric);
  ExperimentForecast its{.units = 6, .records = 96, .price = {}, .pace = kPace};
  its.price.methods["occ"] = {.forwards = 150, .work = {.asked = 2'500'000'000, .done = 100}};
  its.price.metrics["confidence-gain"] = {.forwards = 8,
                                          .work = {.asked = 3'000'000'000, .done = 3'000'000'000}};
  EXPECT_EQ(forecast_text(made, std::vector<ExperimentForecast>{its}, 2, true),
            "test -> " + made.output +
                " (protocols: paper; cpu, batch 4)\n"
                "  six through toy: 6 images x 16 cells, 6 units, about 158 passes, 26 min 00 s\n"
                "    occ                         150 forwards        0 backwards          0.0 GMAC of 2.5, "
                "25 min 50 s\n"
                "    confidence-gain               8 forwards        0 backwards          3.0 GMAC, 10 s\n"
                "  about 158 passes in all, 13 min 00 s on 2 ranks\n");
  its.units = 1;  // which only one of the ranks can do
  EXPECT_THAT(forecast_text(made, std::vector<ExperimentForecast>{its}, 2, false),
              HasSubstr(" in all, 26 min 00 s on 2 ranks\n"));
}

TEST(Forecast, PicturesOfSeveralImagesAreCounted) {
  const Plan made =
      plan(kMethods + kMetric, {fmt::format("datasets=[{{name: grids, kind: grid, of: {{kind: list, path: "
                                            "{}/images/list.txt}}, n: 2, image: 8, count: 1}}]",
                                            test::world().folder.path())});
  const ExperimentForecast its{.units = 1, .records = 64, .price = {}, .pace = kPace};
  EXPECT_THAT(forecast_text(made, std::vector<ExperimentForecast>{its}, 1, false),
              HasSubstr("  grids through toy: 4 images in 1 picture x 16 cells"));
}

}  // namespace
}  // namespace assay
