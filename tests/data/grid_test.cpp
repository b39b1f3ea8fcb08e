#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "harness/data/grid_draw.h"
#include "tests/data/samples.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;
using test::failure;
using test::lines_of;
using test::samples_of;
using test::TemporaryFolder;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

/// n images of k classes in turn.
std::vector<std::string> in_turn(int n, int k) {
  std::vector<std::string> classes;
  for (int i = 0; i < n; ++i) classes.push_back(std::to_string(i % k));
  return classes;
}

std::set<std::string> classes_on(const std::vector<std::size_t>& grid,
                                 const std::vector<std::string>& classes) {
  std::set<std::string> on;
  for (const std::size_t image : grid) on.insert(classes[image]);
  return on;
}

TEST(DrawGrids, UseEveryImageOnceInShuffledOrder) {
  const auto grids = draw_grids(in_turn(41, 41), {.distinct = false, .seed = 7});
  ASSERT_THAT(grids, SizeIs(10));
  EXPECT_THAT(grids, Each(SizeIs(4)));
  std::vector<std::size_t> all;
  for (const auto& grid : grids) all.insert(all.end(), grid.begin(), grid.end());
  EXPECT_FALSE(std::ranges::is_sorted(all));
  EXPECT_EQ(std::set(all.begin(), all.end()).size(), 40u);
  EXPECT_EQ(draw_grids(in_turn(41, 41), {.distinct = false, .seed = 7}), grids);
  EXPECT_NE(draw_grids(in_turn(41, 41), {.distinct = false, .seed = 8}), grids);
}

TEST(DrawGrids, DistinctClassesWaitForTheNextMosaic) {
  const std::vector<std::string> classes = in_turn(60, 6);
  const auto grids = draw_grids(classes, {.tiles = 4, .distinct = true});
  EXPECT_GE(grids.size(), 12u);
  std::set<std::size_t> used;
  for (const auto& grid : grids) {
    EXPECT_THAT(classes_on(grid, classes), SizeIs(4));
    used.insert(grid.begin(), grid.end());
  }
  EXPECT_EQ(used.size(), 4 * grids.size());
  EXPECT_THAT(draw_grids(in_turn(60, 3), {.tiles = 4}), SizeIs(0));
}

TEST(DrawGrids, ReuseMakesEachMosaicADrawOfItsOwn) {
  const auto five = draw_grids(in_turn(6, 6), {.reuse = true, .count = 5, .seed = 3});
  const auto nine = draw_grids(in_turn(6, 6), {.reuse = true, .count = 9, .seed = 3});
  ASSERT_THAT(nine, SizeIs(9));
  EXPECT_TRUE(std::equal(five.begin(), five.end(), nine.begin()));
  for (const auto& grid : nine) EXPECT_EQ(std::set(grid.begin(), grid.end()).size(), 4u);
  EXPECT_NE(nine[0], nine[1]);
}

TEST(DrawGrids, TwinsRepeatTheFirstClassByAnotherImageWhereThereIsOne) {
  const std::vector<std::string> classes = in_turn(24, 6);
  for (const auto& grid : draw_grids(classes, {.twins = true, .count = 3})) {
    EXPECT_EQ(classes[grid[0]], classes[grid[3]]);
    EXPECT_NE(grid[0], grid[3]);
    EXPECT_THAT(classes_on(grid, classes), SizeIs(3));
  }
  const auto singles = draw_grids(in_turn(9, 9), {.twins = true});
  ASSERT_THAT(singles, SizeIs(3));
  for (const auto& grid : singles) EXPECT_EQ(grid[0], grid[3]);
}

TEST(DrawGrids, TwinsBeginWithAClassOfWhichAnotherImageIsLeft) {
  std::vector<std::string> classes = in_turn(12, 12);
  classes[5] = "3";
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto grids = draw_grids(classes, {.twins = true, .count = 2, .seed = seed});
    ASSERT_THAT(grids, SizeIs(2));
    EXPECT_EQ((std::set{grids[0][0], grids[0][3]}), (std::set<std::size_t>{3, 5})) << seed;
    EXPECT_EQ(grids[1][0], grids[1][3]) << seed;
  }
}

class Grids : public testing::Test {
 protected:
  Grids() {
    std::string list;
    for (int i = 0; i < 10; ++i) list += fmt::format("{}.png {}\n", i, i % 5);
    folder_.write("list.txt", list);
  }
  Json settings(const Json& more = Json::object()) const {
    Json all{{"of", {{"kind", "list"}, {"path", folder_ / "list.txt"}}}, {"image", 8}};
    all.update(more);
    return all;
  }
  std::string config_error(const Json& values) const {
    return error_text<ConfigError>([&] { samples_of("grid", values); });
  }
  TemporaryFolder folder_;
};

TEST_F(Grids, EveryCellIsASampleThatKnowsAllClasses) {
  const std::vector<Sample> samples = samples_of("grid", settings({{"count", 2}}));
  ASSERT_THAT(samples, SizeIs(8));
  for (std::size_t i = 0; i < 8; ++i) {
    const Sample& sample = samples[i];
    EXPECT_EQ(sample.name, fmt::format("grid-{:04}/cell-{}", i / 4, i % 4));
    EXPECT_EQ(sample.image, fmt::format("grid-{:04}", i / 4));
    EXPECT_TRUE(share_image(sample, samples[i / 4 * 4]));
    ASSERT_TRUE(sample.mosaic);
    const MosaicTile& tile = sample.mosaic->tiles[i % 4];
    EXPECT_EQ(tile.path, folder_ / tile.name);
    EXPECT_THAT(sample.labels, ElementsAre(tile.label));
    ASSERT_THAT(sample.regions, SizeIs(4));
    ASSERT_THAT(sample.classes, SizeIs(4));
    for (std::size_t cell = 0; cell < 4; ++cell) {
      EXPECT_EQ(sample.classes[cell], sample.mosaic->tiles[cell].label);
      const double left = cell % 2 == 0 ? 0 : 8, top = cell < 2 ? 0 : 8;
      EXPECT_EQ(sample.regions[cell], (Region{sample.classes[cell], Box{left, top, left + 8, top + 8}}));
    }
  }
  EXPECT_NE(hash_of(samples[0]), hash_of(samples[4]));
}

TEST_F(Grids, TheLayoutSaysWhereDrawnImagesGo) {
  const auto names = [&](const std::string& layout) {
    std::vector<std::string> tiles;
    const Json wanted = settings({{"layout", layout}, {"count", 1}, {"n", 2}});
    const Sample first = samples_of("grid", wanted).at(0);
    for (const MosaicTile& tile : first.mosaic->tiles) tiles.push_back(tile.name);
    return tiles;
  };
  const auto rows = names("row-major"), columns = names("column-major");
  EXPECT_EQ(columns, (std::vector{rows[0], rows[2], rows[1], rows[3]}));
}

TEST_F(Grids, CellsOfOneClassHaveEachTheirRegion) {
  folder_.write("list.txt", "a.png 1\nb.png 1\nc.png 1\nd.png 2\n");
  const std::vector<Sample> samples = samples_of("grid", settings({{"distinct", false}}));
  ASSERT_THAT(samples, SizeIs(4));
  for (std::size_t cell = 0; cell < 4; ++cell) {
    const Box own{cell % 2 * 8.0, cell < 2 ? 0.0 : 8.0, cell % 2 * 8.0 + 8, cell < 2 ? 8.0 : 16.0};
    ASSERT_THAT(samples[cell].regions, SizeIs(2));
    for (const Region& region : samples[cell].regions)
      if (region.label == samples[cell].labels[0]) EXPECT_EQ(std::get<Box>(region.shape), own) << cell;
    EXPECT_EQ(samples[cell].image, "grid-0000");
  }
  int shared = 0;
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < a; ++b) shared += share_image(samples[a], samples[b]) ? 1 : 0;
  EXPECT_EQ(shared, 1);  // the single class with the first of the others
}

TEST_F(Grids, TheControlExplainsTwoCellsInTheirHeads) {
  const std::vector<Sample> samples = samples_of("grid", settings({{"control", "heads"}, {"count", 1}}));
  ASSERT_THAT(samples, SizeIs(2));
  const std::string key = std::to_string(samples[0].mosaic->tiles[0].label.index);
  EXPECT_EQ(samples[0].name, "grid-0000/cell-0");
  EXPECT_EQ(samples[1].name, "grid-0000/cell-3");
  EXPECT_THAT(samples[0].labels, ElementsAre(Label{-1, key + "@0"}));
  EXPECT_THAT(samples[1].labels, ElementsAre(Label{-1, key + "@3"}));
  EXPECT_TRUE(share_image(samples[0], samples[1]));
  EXPECT_EQ(std::get<Box>(samples[0].regions[3].shape), (Box{8, 8, 16, 16}));
}

TEST_F(Grids, MayBeMadeOfSeveralDatasets) {
  const std::string more = folder_.write("more/list.txt", "x.png 7\ny.png 8\nz.png 9\n");
  const Json first = settings()["of"];
  const Json of = Json::array({first, {{"kind", "list"}, {"path", more}}});
  EXPECT_THAT(samples_of("grid", settings({{"of", of}, {"distinct", false}})), SizeIs(12));
  Params params(settings({{"of", of}}));
  find_entry(datasets(), "grid", params, "kind").make(params);
  EXPECT_EQ(params.resolved()["of"][1]["path"], Json(more));
  EXPECT_EQ(params.resolved()["of"][0]["root"], Json(""));
}

TEST_F(Grids, APictureOfSeveralSamplesIsOneTile) {
  for (const char* image : {"a", "b"}) {
    folder_.write(fmt::format("voc/{}.jpg", image), "x");
    std::string objects;
    for (const char* name : {"dog", "cat", "cow"})
      objects += fmt::format(
          "<object><name>{}</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>"
          "</object>",
          name);
    folder_.write(fmt::format("voc/Annotations/{}.xml", image), "<annotation>" + objects + "</annotation>");
  }
  const Json voc{{"kind", "voc"}, {"path", folder_ / "voc"}};
  EXPECT_THAT(failure("grid", settings({{"of", voc}, {"distinct", false}})),
              StartsWith("2 images make 0 mosaics"));
  const Json both = Json::array({voc, settings()["of"]});
  for (const Sample& sample : samples_of("grid", settings({{"of", both}, {"distinct", false}})))
    for (const MosaicTile& tile : sample.mosaic->tiles) {
      EXPECT_EQ(tile.part, tile.label.key.empty() ? 1 : 0);
      EXPECT_EQ(tile.label.key, tile.part == 0 ? "dog" : "");
    }
}

TEST_F(Grids, ATableOfOtherNamesSaysHowItMatches) {
  const std::string file = folder_.write("p.csv", "name,p\nval/0.png,1\nval/1.png,0.5\n");
  const Json wanted = settings({{"select", "confident"}, {"confidences", file}});
  EXPECT_EQ(
      failure("grid", wanted),
      file +
          ": of 10 images 0 are among its 2 names (0.png here, val/0.png there), 0 of these with p >= 0.99");
  folder_.write("p.csv", "name,p\n0.png,1\n1.png,0.5\n");
  EXPECT_EQ(
      failure("grid", wanted),
      "1 images make 0 mosaics of distinct classes without reuse; ask for fewer or set reuse: true; " + file +
          ": of 10 images 2 are among its 2 names (0.png here, 0.png there), 1 of these with p >= 0.99");
}

TEST_F(Grids, ConfidentImagesAreThoseOfWhichEveryNetworkIsSure) {
  std::string table = "network,name,label,p\n";
  for (int i = 0; i < 10; ++i)
    for (const char* network : {"one", "two"})
      table +=
          fmt::format("{},{}.png,{},{}\n", network, i, i % 5, i == 3 && network[0] == 't' ? 0.98 : 0.995);
  table += "three,8.png,3,1\n";
  const std::string file = folder_.write("p.csv", table);
  const Json sure = settings({{"select", "confident"}, {"confidences", file}});
  EXPECT_THAT(failure("grid", sure), StartsWith("1 images make 0 mosaics"));  // three knows 8.png alone
  folder_.write("p.csv", table.substr(0, table.find("three")));
  std::set<std::string> used;
  for (const Sample& sample : samples_of("grid", sure))
    for (const MosaicTile& tile : sample.mosaic->tiles) used.insert(tile.name);
  EXPECT_EQ(used.size(), 8u);
  EXPECT_FALSE(used.contains("3.png"));
  Json less = sure;
  less["confidence"] = 0.999;
  EXPECT_THAT(failure("grid", less), StartsWith("0 images make 0 mosaics"));
}

TEST_F(Grids, ReadsThePredictionsOfAssayNetwork) {
  const std::string file = folder_.write(
      "p.csv",
      "file,top1,right,p_true\n0.png,0,1,0.995\n1.png,1,1,0.992\n2.png,,,\n3.png,3,1,1\n4.png,4,1,0.99\n");
  const Json wanted = settings({{"select", "confident"}, {"confidences", file}});
  std::set<std::string> used;
  for (const Sample& sample : samples_of("grid", wanted))
    for (const MosaicTile& tile : sample.mosaic->tiles) used.insert(tile.name);
  EXPECT_THAT(used, ElementsAre("0.png", "1.png", "3.png", "4.png"));
  const auto with = [&](const std::string& content) {
    folder_.write("p.csv", content);
    return failure("grid", wanted);
  };
  EXPECT_EQ(with("file,q\n"), file + ":1: no column 'p'; columns: file, q");
  EXPECT_EQ(with("image,p\n"), file + ":1: no column 'name'; columns: image, p");
  EXPECT_EQ(with("name,p\n0.png,1.5\n"), file + ":2: '1.5' is not a probability (0..1)");
  EXPECT_EQ(with("name,p\n0.png\n"), file + ":2: 1 fields where the first line names 2");
  EXPECT_EQ(with("name,label,p\n7.png,3,1\n"), file + ":2: 7.png has the label 3, in the dataset it is 2");
}

TEST_F(Grids, MistakesSayWhatIsNeeded) {
  EXPECT_EQ(config_error({{"n", 2}}), "missing key 'of' (the dataset of the tiles, {kind: ..., ...})");
  EXPECT_THAT(config_error(settings({{"of", {{"kind", "lists"}}}})),
              HasSubstr("of.kind: unknown name 'lists'; known: list, "));
  EXPECT_THAT(config_error(settings({{"of", {{"kind", "list"}, {"path", "l"}, {"roof", ""}}}})),
              HasSubstr("of.roof: unknown key; known: root"));
  EXPECT_EQ(config_error(settings({{"reuse", true}})), "reuse: needs 'count': how many mosaics");
  EXPECT_EQ(config_error(settings({{"select", "confident"}})),
            "select: 'confident' needs 'confidences': a table of the images' probabilities, such as 'assay "
            "network PATH --images FOLDER --predictions FILE' writes");
  EXPECT_EQ(config_error(settings({{"confidences", "p.csv"}})),
            "confidences: is used by select: confident only");
  EXPECT_EQ(config_error(settings({{"n", 1}})), "n: must be 2 to 16");
  EXPECT_EQ(failure("grid", settings({{"count", 3}})),
            "10 images make 2 mosaics of distinct classes without reuse; ask for fewer or set reuse: true");
  Json nested = settings();
  nested["kind"] = "grid";
  EXPECT_EQ(failure("grid", settings({{"of", nested}})),
            "grid-0000/cell-0: a mosaic cannot be a tile of a mosaic");
}

}  // namespace
}  // namespace assay
