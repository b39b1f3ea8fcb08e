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

std::string error_of(Json values) {
  return test::error_text<DataError>([&] { floors(std::move(values)); });
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
  EXPECT_THAT(names(painted), ElementsAre("painted/3rd/d.png", "painted/4th/d.png"));
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

TEST(Floors, OneListOfAllViewsIsSplitInItsOrder) {
  const test::TemporaryFolder folder;
  folder.write("all.txt", "b.jpg 10\na.jpg 10\nc.jpg 9\nd.jpg 9\n");
  const Json path = folder / "all.txt";
  const auto train = floors({{"path", path}, {"split", "train"}, {"train_views", 1}});
  EXPECT_THAT(names(train), ElementsAre("b.jpg", "c.jpg"));
  EXPECT_EQ(train[0].labels.front().key, "10");
  EXPECT_EQ(train[0].labels.front().index, 1);  // after 9
  EXPECT_THAT(names(floors({{"path", path}, {"split", "test"}, {"train_views", 1}})),
              ElementsAre("a.jpg", "d.jpg"));
  EXPECT_EQ(error_of({{"path", path}, {"split", "test"}}),
            folder / "all.txt" + ": no views are left for split 'test': 3 of every floor are for training");
}

TEST(Floors, MayHaveNumbersForNames) {
  const test::TemporaryFolder folder;
  for (const char* view : {"3/a", "3/b", "3/c", "3/d", "10/a", "10/b", "10/c", "10/d"})
    folder.write(std::string(view) + ".jpg", "not read");
  const auto test = floors({{"path", folder.path()}, {"split", "test"}});
  EXPECT_THAT(names(test), ElementsAre("10/d.jpg", "3/d.jpg"));
  EXPECT_EQ(test[0].labels.front().key, "10");
  EXPECT_EQ(test[0].labels.front().index, 1);  // after 3
  EXPECT_EQ(test[1].labels.front().index, 0);
}

TEST(Floors, MistakesAreNamed) {
  const test::TemporaryFolder folder;
  folder.write("3rd floor/a.jpg", "not read");
  EXPECT_EQ(error_of({{"path", folder.path()}}),
            folder.path() + ": '3rd floor': the name of a floor has no blanks; rename the folder");
  folder.write("train.txt", "a.jpg 3rd\n");
  EXPECT_EQ(error_of({{"path", folder.path()}}), folder / "test.txt" + ": is missing beside the other list");
  const test::TemporaryFolder half;
  half.write("floors.json", "{}");
  half.write("images/3rd/0.png", "not read");
  EXPECT_EQ(error_of({{"path", half.path()}}),
            half.path() + ": rendering did not end; run assay floors again");
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
      EXPECT_EQ(std::get<std::string>(sample.regions[0].shape), folder / "objects/4th/b.png");
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
