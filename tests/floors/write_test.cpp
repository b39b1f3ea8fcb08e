#include "harness/floors/write.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "harness/core/error.h"
#include "tests/error_text.h"
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

struct Stop {};

/// Called for every view, ends the run after `views`.
std::function<void()> stop_after(int views) {
  return [left = views]() mutable {
    if (--left == 0) throw Stop{};
  };
}

TEST(WriteFloors, LaysOutTheDataSet) {
  const TemporaryFolder folder;
  const std::string data = folder / "deep/floors";
  int views = 0;
  write_floors(data, {.seed = 2, .on_view = [&] { ++views; }});
  EXPECT_EQ(views, 60);
  auto files = files_in(data);
  EXPECT_EQ(files.size(), 2 * 60 + 4U);

  const auto train = lines_of(fs::path(data) / "train.txt"), test = lines_of(fs::path(data) / "test.txt");
  EXPECT_EQ(train.size(), 18U);
  EXPECT_EQ(test.size(), 42U);
  EXPECT_EQ(train.front(), "images/3rd/0.png 3rd");
  EXPECT_EQ(test.back(), "images/8th/9.png 8th");

  const auto regions = lines_of(fs::path(data) / "regions.csv");
  ASSERT_EQ(regions.size(), 61U);
  EXPECT_EQ(regions[0], "image,class,left,top,width,height,mask");
  const FloorView seen = render_floor(2, 1, 3);
  std::ostringstream line;
  line << "images/4th/3.png,4th," << seen.box.x << ',' << seen.box.y << ',' << seen.box.width << ','
       << seen.box.height << ",objects/4th/3.png";
  EXPECT_EQ(regions[14], line.str());
  const auto image = cv::imread(data + "/images/4th/3.png", cv::IMREAD_UNCHANGED);
  const auto object = cv::imread(data + "/objects/4th/3.png", cv::IMREAD_UNCHANGED);
  EXPECT_EQ(cv::norm(image, seen.image, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(object, seen.object, cv::NORM_INF), 0);
  EXPECT_THAT(error_text<ConfigError>([&] { write_floors(data, {.seed = 3}); }),
              HasSubstr("of another seed or version; name another folder"));

  // again, with the painted views, and killed after three
  std::ofstream(fs::path(data) / "images/3rd/2.png") << "cut";
  EXPECT_THROW(write_floors(data, {.seed = 2, .painted = true, .on_view = stop_after(3)}), Stop);
  for (const char* view : {"0", "1", "2"}) {
    const std::string name = std::string("painted/3rd/") + view + ".png";
    const cv::Mat painted = cv::imread(fs::path(data) / name, cv::IMREAD_UNCHANGED);
    EXPECT_EQ(cv::norm(painted, render_floor(2, 0, view[0] - '0', false).image, cv::NORM_INF), 0);
    files[name] = content(fs::path(data) / name);
  }
  EXPECT_EQ(files_in(data), files);
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
  folder.write("floors.json", "{\n  \"renderer\": \"assay floors\",\n  \"version\": 1,\n  \"seed\": 0\n}\n");
  fs::create_directories(folder / "images/3rd");
  fs::create_symlink("/dev/full", folder / "images/3rd/0.png");
  EXPECT_THAT(error_text<DataError>([&] { write_floors(folder.path()); }),
              HasSubstr("images/3rd/0.png: cannot be written: No space left on device"));
}

}  // namespace
}  // namespace assay
