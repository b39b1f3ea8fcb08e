#include <gmock/gmock.h>

#include <filesystem>

#include "harness/data/dataset.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using testing::ElementsAre;

std::vector<Sample> floors(Json values) {
  Params params(std::move(values));
  const auto dataset = find_entry(datasets(), "floors", params, "kind").make(params);
  params.finish();
  return dataset->samples();
}

std::vector<std::string> names(const std::vector<Sample>& samples) {
  std::vector<std::string> all;
  for (const Sample& sample : samples) all.push_back(sample.name);
  return all;
}

/// Two floors with four views each, below `images`.
void write_views(const test::TemporaryFolder& folder, const std::string& images) {
  for (const char* floor : {"3rd", "4th"})
    for (const char* view : {"a", "b", "c", "d"})
      folder.write(images + floor + "/" + view + ".jpg", "not read");
}

TEST(Floors, FirstViewsOfEveryFloorAreForTraining) {
  for (const char* images : {"", "images/"}) {
    const test::TemporaryFolder folder;
    write_views(folder, images);
    EXPECT_EQ(floors({{"path", folder.path()}}).size(), 8u);
    EXPECT_THAT(names(floors({{"path", folder.path()}, {"split", "test"}})),
                ElementsAre("3rd/d.jpg", "4th/d.jpg"));
    const auto train = floors({{"path", folder.path()}, {"split", "train"}, {"train_views", 1}});
    EXPECT_THAT(names(train), ElementsAre("3rd/a.jpg", "4th/a.jpg"));
    EXPECT_EQ(train[1].labels.front().index, 1);
    EXPECT_EQ(train[1].labels.front().key, "4th");
    EXPECT_EQ(train[1].path, folder / (std::string(images) + "4th/a.jpg"));
    EXPECT_TRUE(train[1].regions.empty());
  }
}

TEST(Floors, PaintedViewsTakeThePlaceOfTheSeen) {
  const test::TemporaryFolder folder;
  write_views(folder, "images/");
  const auto painted = floors({{"path", folder.path()}, {"split", "test"}, {"painted", true}});
  EXPECT_THAT(names(painted), ElementsAre("3rd/d.jpg", "4th/d.jpg"));
  EXPECT_EQ(painted[1].path, folder / "painted/4th/d.png");
  EXPECT_EQ(painted[1].labels.front().key, "4th");
}

TEST(Floors, ListsDecideWhereThereAreSome) {
  const test::TemporaryFolder folder;
  write_views(folder, "images/");
  folder.write("train.txt", "images/3rd/d.jpg 3rd\n");
  folder.write("test.txt", "images/4th/a.jpg 4th\nimages/3rd/a.jpg 3rd\n");
  EXPECT_THAT(names(floors({{"path", folder.path()}, {"split", "train"}})), ElementsAre("images/3rd/d.jpg"));
  EXPECT_THAT(names(floors({{"path", folder.path()}, {"split", "test"}})),
              ElementsAre("images/4th/a.jpg", "images/3rd/a.jpg"));
  EXPECT_EQ(floors({{"path", folder.path()}}).size(), 3u);
  EXPECT_EQ(floors({{"path", folder / "test.txt"}}).size(), 2u);
}

TEST(Floors, AMaskIsARegionOfItsImage) {
  const test::TemporaryFolder folder;
  write_views(folder, "images/");
  folder.write("objects/4th/b.png", "mask");
  folder.write("all.txt", "images/4th/b.jpg 4th\n");
  for (const Json& values : {Json{{"path", folder.path()}}, Json{{"path", folder / "all.txt"}}})
    for (const Sample& sample : floors(values)) {
      ASSERT_EQ(sample.regions.size(), sample.path.ends_with("4th/b.jpg") ? 1u : 0u) << sample.path;
      if (sample.regions.empty()) continue;
      EXPECT_EQ(sample.regions[0].mask, folder / "objects/4th/b.png");
      EXPECT_EQ(sample.regions[0].label.key, "4th");
    }
}

TEST(Floors, MissingOrEmptyFoldersAreNamed) {
  const test::TemporaryFolder folder;
  EXPECT_THAT(test::error_text<DataError>([&] {
                floors({{"path", folder / "none"}});
              }),
              testing::StartsWith(folder / "none"));
  EXPECT_THAT(test::error_text<DataError>([&] {
                floors({{"path", folder.path()}});
              }),
              testing::StartsWith(folder.path()));
}

}  // namespace
}  // namespace assay
