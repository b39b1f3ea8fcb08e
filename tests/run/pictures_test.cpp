#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "harness/network/tensor.h"
#include "harness/run/explain.h"
#include "harness/run/unit.h"
#include "tests/error_text.h"
#include "tests/run/unit_world.h"

// Several samples of one picture: cells of mosaics, classes on an image.

namespace assay {
namespace {

using test::compute;
using test::error_text;
using test::images_of;
using test::kMetric;
using test::plan;
using test::records_of;
using test::same_numbers;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

/// `grid` are keys of a dataset of mosaics of the six images.
std::vector<std::string> of_grids(const std::string& grid) {
  return {
      fmt::format("datasets=[{{name: grids, kind: grid, of: {{kind: list, path: {}/images/list.txt}}, {}}}]",
                  test::world().folder.path(), grid)};
}

const std::string kThreeGrids = "n: 2, image: 8, reuse: true, count: 3";
const std::string kByLabel =
    "protocols: [authors-code]\n"
    "methods: [{name: o, method: occ, patch: 4, stride: 4}, {name: g, method: grad}]\n"
    "metrics: [{metric: confidence-gain, rho: [0.25, 0.1]}, {metric: region-overlap, rho: 0.25}]\n";

/// Calls attribute() of a method and keeps what it was asked.
class Witness : public Method {
 public:
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    images = subject.images();
    asked.assign(queries.begin(), queries.end());
    const auto known = subject.classes_on(0);
    classes.assign(known.begin(), known.end());
    seed = subject.seed(0);
    return {at::rand({static_cast<std::int64_t>(queries.size()), 1, 16, 16})};
  }
  Cost price(const Network&) const override { return {}; }
  mutable std::int64_t images = 0;
  mutable std::vector<Query> asked;
  mutable std::vector<std::int64_t> classes;
  mutable std::uint64_t seed = 0;
};

Plan with_witness(Plan plan, std::shared_ptr<const Method> witness) {
  auto roster = std::make_shared<Roster>(*plan.experiments[0].roster);
  roster->raws[0].method = std::move(witness);
  plan.experiments[0].roster = roster;
  return plan;
}

TEST(SharedPictures, AUnitHoldsAllSamplesOfItsPictures) {
  const Plan made = plan(kByLabel + "block: 2\n", of_grids(kThreeGrids));
  const std::vector<Unit> units = units_of(made, {});
  ASSERT_THAT(units, SizeIs(2));
  EXPECT_THAT(units[0].samples, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(units[1].samples, ElementsAre(8, 9, 10, 11));
  EXPECT_EQ(price_of(made, units[0]).padded, 4);  // two images fill one batch of four
  Finished finished;
  finished.add(compute(made, {0, {1}, units[0].cells}));
  EXPECT_THAT(units_of(made, finished)[0].samples, ElementsAre(0, 2, 3, 4, 5, 6, 7));
}

TEST(SharedPictures, OneImageServesAllItsQueriesAndKnowsItsClasses) {
  const auto witness = std::make_shared<Witness>();
  const Plan made = with_witness(
      plan("protocols: [authors-code]\nmethods: [{method: grad}]\n" + kMetric, of_grids(kThreeGrids)),
      witness);
  const Unit unit = units_of(made, {})[0];
  const UnitResult result = compute(made, unit);
  EXPECT_EQ(witness->images, 1);
  ASSERT_THAT(witness->asked, SizeIs(4));
  ASSERT_THAT(witness->classes, SizeIs(4));
  std::vector<std::int64_t> ascending = witness->classes;
  std::ranges::sort(ascending);
  for (std::size_t cell = 0; cell < 4; ++cell) {
    EXPECT_EQ(witness->asked[cell], (Query{0, ascending[cell]}));
    EXPECT_THAT(result.samples[cell].labels, ElementsAre(witness->classes[cell]));
    EXPECT_EQ(result.samples[cell].image, "grid-0000");
  }
  const std::uint64_t together = witness->seed;
  compute(made, {0, {2}, unit.cells});
  EXPECT_EQ(witness->seed, together);
  EXPECT_THAT(witness->classes, SizeIs(4));
}

/// Every sample of the first unit alone gives the numbers that it gives in company.
void expect_same_alone(const Plan& made) {
  const Unit unit = units_of(made, {})[0];
  ASSERT_GT(unit.samples.size(), 1u);
  const UnitResult together = compute(made, unit);
  for (std::size_t i = 0; i < unit.samples.size(); ++i) {
    const UnitResult alone = compute(made, {0, {unit.samples[i]}, unit.cells});
    const SampleRow &mine = alone.samples[0], &theirs = together.samples[i];
    EXPECT_EQ(mine.status, Status::ok);
    EXPECT_EQ(mine.name, theirs.name);
    EXPECT_EQ(mine.p_label, theirs.p_label);
    EXPECT_EQ(mine.margin, theirs.margin);
    for (std::size_t e = 0; e < alone.explanations.size(); ++e)
      EXPECT_EQ(alone.explanations[e].cost.backwards,
                together.explanations[e * unit.samples.size() + i].cost.backwards);
    const auto a = records_of(alone, mine.sample), b = records_of(together, theirs.sample);
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t r = 0; r < a.size(); ++r) EXPECT_TRUE(same_numbers(a[r], b[r])) << mine.name << " " << r;
  }
}

TEST(SharedPictures, GiveTheBitsThatEachSampleGivesAlone) {
  expect_same_alone(plan(kByLabel, of_grids(kThreeGrids)));
  expect_same_alone(plan(kByLabel + "block: 3\n", of_grids(kThreeGrids + ", distinct: false")));
}

TEST(SharedPictures, CellsOfOneClassAreMeasuredEachOnItsOwnCell) {
  const test::World alike;
  std::string list;
  for (int i = 0; i < 6; ++i) list += fmt::format("{}.ppm 1\n", i);
  alike.folder.write("images/list.txt", list);
  const Plan made = make_plan(alike.config(
      "protocols: [authors-code]\nmethods: [{method: center}]\nmetrics: [{metric: region-overlap, rho: 1}]\n",
      {fmt::format("datasets=[{{name: g, kind: grid, distinct: false, image: 8, of: {{kind: list, path: "
                   "{}/images/list.txt}}}}]",
                   alike.folder.path())}));
  expect_same_alone(made);
  for (const ObservationRow& row : compute(made, units_of(made, {})[0]).observations)
    EXPECT_EQ(row.record.values, (std::vector<double>{256, 64, 64, 256}));
}

TEST(SharedPictures, AnUnreadableTileFailsItsMosaicAlone) {
  const test::World damaged;
  const Plan made =
      make_plan(damaged.config("methods: [{method: center}]\n" + kMetric + "block: 2\n",
                               {fmt::format("datasets=[{{name: g, kind: grid, n: 2, image: 8, reuse: true, "
                                            "count: 2, distinct: false, seed: 2, of: "
                                            "{{kind: list, path: {}/images/list.txt}}}}]",
                                            damaged.folder.path())}));
  const std::vector<Sample>& samples = made.experiments[0].samples;
  const auto names = [](const Sample& sample) {
    std::vector<std::string> tiles;
    for (const MosaicTile& tile : sample.mosaic->tiles) tiles.push_back(tile.name);
    return tiles;
  };
  const auto first = names(samples.front()), second = names(samples.back());
  const auto only = std::ranges::find_if(
      first, [&](const std::string& name) { return std::ranges::find(second, name) == second.end(); });
  ASSERT_NE(only, first.end()) << "the two mosaics have the same tiles";
  std::filesystem::remove(damaged.folder / ("images/" + *only));
  const UnitResult result = compute(made, units_of(made, {})[0]);
  for (std::size_t i = 0; i < result.samples.size(); ++i) {
    const bool whole = samples[i].image == samples.back().image;
    EXPECT_EQ(result.samples[i].status, whole ? Status::ok : Status::failed) << i;
    if (!whole)
      EXPECT_EQ(result.samples[i].reason,
                fmt::format("tile {} ({}): no such file", only - first.begin(), *only));
  }
}

TEST(SharedPictures, PlansRefuseMosaicsThatAreNotTheInput) {
  const auto error = [](const std::string& grid) {
    return error_text<ConfigError>([&] { plan("methods: [{method: grad}]\n" + kMetric, of_grids(grid)); });
  };
  EXPECT_THAT(
      error("n: 2, image: 9, count: 1"),
      HasSubstr("datasets[0]: 'grids' and network 'toy': 2 x 2 tiles of 9 px make 18 x 18 pixels, the "
                "network's input is 16 x 16; what fits it: n: 2, image: 8; n: 4, image: 4"));
  EXPECT_THAT(error("n: 2, image: 8, count: 9"), HasSubstr("datasets[0]: 6 images make "));
}

TEST(SharedPictures, CountAndLimitArePictures) {
  const Plan made = plan("methods: [{method: center}]\n" + kMetric, of_grids(kThreeGrids));
  EXPECT_THAT(made.experiments[0].samples, SizeIs(12));
  EXPECT_EQ(made.config["datasets"][0]["of"][0]["kind"], Json("list"));
  const Config config =
      test::world().config("methods: [{method: center}]\n" + kMetric, of_grids(kThreeGrids));
  EXPECT_THAT(make_plan(config, {.limit = 2}).experiments[0].samples, SizeIs(8));
}

TEST(SharedPictures, NetworksForMosaicsAreMadeByTheConfiguration) {
  const auto with = [](const std::string& more, const std::string& grid) {
    std::vector<std::string> overrides = of_grids(grid);
    overrides.push_back("networks.toy." + more);
    return plan("methods: [{method: center}]\n" + kMetric, overrides);
  };
  EXPECT_EQ(with("input=24", "n: 2, image: 12, distinct: false, count: 1")
                .experiments[0]
                .network.preprocess()
                .width,
            24);
  EXPECT_THAT(
      test::error_text<ConfigError>([&] { with("heads=none", "n: 2, image: 8, control: heads, count: 1"); }),
      HasSubstr("no label of 'grids' is an output of network 'toy' (4 outputs); its cells are explained "
                "in heads of their own (control: heads), give the network heads: full | part"));
  const Plan made = with("heads=full", "n: 2, image: 16, control: heads, count: 1");
  EXPECT_EQ(made.experiments[0].network.outputs(), 16);
  const UnitResult result = compute(made, units_of(made, {})[0]);
  ASSERT_THAT(result.samples, SizeIs(2));
  EXPECT_EQ(result.samples[0].status, Status::ok);
  EXPECT_EQ(result.samples[1].labels.at(0), result.samples[0].labels.at(0) + 12);
}

TEST(AddTruth, TellsObjectsDifficultiesAndGeometry) {
  const test::World other;
  other.write_image("wide.ppm", 3);
  Sample sample{"wide.ppm/1", other.folder / "wide.ppm", {{1, ""}}};
  sample.regions = {{{1, ""}, Box{0, 0, 8, 16}},
                    {{2, ""}, Box{4, 4, 8, 8}},
                    {{1, ""}, Box{12, 12, 16, 16}, true},
                    {{-1, "unknown"}, Box{0, 0, 1, 1}},
                    {{3, ""}, RunLengths{{2, 2}, {4}}}};
  const Plan made = plan("methods: [{method: center}]\n" + kMetric);
  const Network& network = made.experiments[0].network;
  const Decoded decoded = try_decode(sample, network.preprocess());
  Truth truth;
  add_truth(sample, decoded, network, 5, truth);
  ASSERT_NE(truth.geometry(5), nullptr);
  EXPECT_EQ(truth.geometry(5)->columns, 16);
  EXPECT_EQ(truth.geometry(4), nullptr);
  const auto objects = truth.objects({5, 1});
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_FALSE(objects[0].difficult);
  EXPECT_TRUE(objects[1].difficult);
  EXPECT_EQ(objects[0].mask.sum().item<int>(), 128);
  EXPECT_EQ(objects[1].mask.sum().item<int>(), 16);
  EXPECT_EQ(truth.region({5, 1}).sum().item<int>(), 144);
  EXPECT_EQ(truth.objects({5, 2}).size(), 1u);
  EXPECT_TRUE(truth.objects({5, 3}).empty());
  EXPECT_EQ(truth.failure({5, 3}), "mask: the runs are of 2 x 2 pixels, their image has 16 x 16");
  EXPECT_THAT(classes_of(sample, network), ElementsAre(1, 2, 3));
  sample.classes = {{2, ""}, {0, ""}, {2, ""}, {9, ""}};
  EXPECT_THAT(classes_of(sample, network), ElementsAre(2, 0));
}

}  // namespace
}  // namespace assay
