#include "harness/floors/write.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "harness/core/error.h"
#include "tests/data/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using test::error_text;
using test::TemporaryFolder;
using testing::HasSubstr;

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::istringstream stream(content(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Bytes of every file by its path in the folder.
std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = content(entry.path());
  return files;
}

TEST(WriteFloors, LaysOutTheDataSetAndWritesItAgainToTheByte) {
  const TemporaryFolder folder;
  const std::string data = folder / "deep/floors";
  int views = 0;
  write_floors(data, {.seed = 2, .painted = true, .on_view = [&] { ++views; }});
  EXPECT_EQ(views, 60);
  const auto files = files_in(data);
  EXPECT_EQ(files.size(), 3 * 60 + 4U);

  const auto train = lines_of(fs::path(data) / "train.txt"), test = lines_of(fs::path(data) / "test.txt");
  EXPECT_EQ(train.size(), 18U);
  EXPECT_EQ(test.size(), 42U);
  EXPECT_EQ(train.front(), "images/3rd/0.png 3rd");
  EXPECT_EQ(test.back(), "images/8th/9.png 8th");
  EXPECT_THAT(files.at("floors.json"), HasSubstr("\"seed\": 2"));

  const auto regions = lines_of(fs::path(data) / "regions.csv");
  ASSERT_EQ(regions.size(), 61U);
  EXPECT_EQ(regions[0], "image,class,left,top,width,height,mask");
  const FloorView seen = render_floor(2, 1, 3);
  std::ostringstream line;
  line << "images/4th/3.png,4th," << seen.box.x << ',' << seen.box.y << ',' << seen.box.width << ','
       << seen.box.height << ",objects/4th/3.png";
  EXPECT_EQ(regions[14], line.str());
  const auto read = [&](const char* name, int mode) { return cv::imread(data + name, mode); };
  EXPECT_EQ(cv::norm(read("/images/4th/3.png", cv::IMREAD_COLOR), seen.image, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read("/objects/4th/3.png", cv::IMREAD_GRAYSCALE), seen.object, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(read("/painted/4th/3.png", cv::IMREAD_COLOR), render_floor(2, 1, 3, false).image,
                     cv::NORM_INF),
            0);

  std::ofstream(fs::path(data) / "images/5th/2.png") << "cut";
  write_floors(data, {.seed = 2});
  EXPECT_EQ(files_in(data), files);
  EXPECT_THAT(error_text<ConfigError>([&] { write_floors(data, {.seed = 3}); }),
              HasSubstr("of another seed or version; name another folder"));
}

TEST(WriteFloors, RefusesWhatIsNotItsOwn) {
  const TemporaryFolder folder;
  const std::string file = folder.write("mine/letter.txt", "dear");
  EXPECT_THAT(error_text<ConfigError>([&] { write_floors(folder / "mine"); }),
              HasSubstr("mine: is not empty and holds no floors"));
  EXPECT_THAT(error_text<ConfigError>([&] { write_floors(file); }), HasSubstr("letter.txt: is not a folder"));
  EXPECT_EQ(files_in(folder.path()).size(), 1U);
}

TEST(WriteFloors, NamesTheFileThatCannotBeWritten) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_text<DataError>([&] { write_floors("/proc/floors"); }), HasSubstr("/proc/floors/images"));
  fs::create_symlink("/dev/full", folder / "floors.json");
  EXPECT_THAT(error_text<Error>([&] { write_floors(folder.path()); }), HasSubstr("floors.json"));
}

}  // namespace
}  // namespace assay
