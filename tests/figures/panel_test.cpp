#include "harness/figures/panel.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "harness/core/error.h"
#include "harness/figures/text.h"
#include "harness/network/tensor.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

const at::TensorOptions kByte = at::TensorOptions().dtype(at::kByte);

/// A picture of one colour.
Tensor plain(std::int64_t height, std::int64_t width, int red, int green, int blue) {
  return at::tensor({red, green, blue}, kByte).expand({height, width, 3}).contiguous();
}

std::int64_t pixels_of(const Tensor& picture, int red, int green, int blue) {
  return (picture == at::tensor({red, green, blue}, kByte)).all(2).sum().item<std::int64_t>();
}

bool is_white(const Tensor& part) {
  return (part == 255).all().item<bool>();
}

TEST(Panel, PutsPicturesInRowsWithWhiteMargins) {
  const std::vector<Tile> tiles{{plain(40, 40, 200, 0, 0), "", {}},
                                {plain(40, 40, 0, 200, 0), "", {}},
                                {plain(40, 40, 0, 0, 200), "", {}}};
  const Tensor picture = panel("", tiles, {.columns = 2, .width = 80, .margin = 10});
  EXPECT_EQ(picture.size(1), 2 * 80 + 3 * 10);
  EXPECT_EQ(pixels_of(picture, 200, 0, 0), 80 * 80);
  EXPECT_EQ(pixels_of(picture, 0, 200, 0), 80 * 80);
  EXPECT_EQ(pixels_of(picture, 0, 0, 200), 80 * 80);
  EXPECT_TRUE(is_white(picture.slice(0, 0, 10)));
  EXPECT_TRUE(is_white(picture.slice(1, 90, 100)));
  EXPECT_TRUE(is_white(picture.slice(1, 180)));
  EXPECT_EQ(picture[10][10][0].item<int>(), 200);
  EXPECT_EQ(picture[10][100][1].item<int>(), 200);
}

TEST(Panel, HasTheWidthOfItsTilesWhenTheyAreFew) {
  const std::vector<Tile> one{{plain(40, 40, 0, 0, 0), "", {}}};
  EXPECT_EQ(panel("", one, {.columns = 3, .width = 80, .margin = 10}).size(1), 100);
}

TEST(Panel, TextsMakeRoomForThemselves) {
  const auto drawn = [](const std::string& heading, const std::string& title, std::vector<std::string> lines,
                        bool legend) {
    const std::vector<Tile> tiles{{plain(60, 60, 0, 0, 200), title, std::move(lines), legend}};
    return panel(heading, tiles, {.columns = 1, .width = 120, .margin = 10});
  };
  const Tensor bare = drawn("", "", {}, false);
  for (const Tensor& with : {drawn("heading", "", {}, false), drawn("", "title", {}, false),
                             drawn("", "", {"line"}, false), drawn("", "", {}, true)}) {
    EXPECT_GT(with.size(0), bare.size(0));
    EXPECT_EQ(pixels_of(with, 0, 0, 200), 120 * 120) << "nothing is drawn over the picture";
    EXPECT_GT((with < 128).sum().item<int>(), (bare < 128).sum().item<int>())
        << "something is drawn beside it";
  }
  EXPECT_GT(drawn("", "", {"a caption that needs much more than one line"}, false).size(0),
            drawn("", "", {"short"}, false).size(0));
}

TEST(Panel, CaptionsDoNotMoveTheNeighboursPicture) {
  const std::vector<Tile> tiles{{plain(40, 40, 200, 0, 0), "a title that is longer than one line is", {}},
                                {plain(40, 40, 0, 200, 0), "b", {}}};
  const Tensor picture = panel("", tiles, {.columns = 2, .width = 90, .margin = 10});
  const auto top = [&](int channel, int x) {
    return (picture.select(2, channel).select(1, x) == 200).nonzero()[0].item<int>();
  };
  EXPECT_EQ(top(0, 50), top(1, 150));
}

TEST(Panel, ATileWithoutAPictureIsAnEmptyPlace) {
  const std::vector<Tile> tiles{
      {plain(40, 40, 200, 0, 0), "a", {"b"}}, {}, {}, {plain(40, 40, 0, 200, 0), "a", {"b"}}};
  const Tensor picture = panel("", tiles, {.columns = 2, .width = 80, .margin = 10});
  const std::int64_t half = (picture.size(0) - 10) / 2;
  EXPECT_TRUE(is_white(picture.slice(0, 0, 10 + half).slice(1, 100)));
  EXPECT_TRUE(is_white(picture.slice(0, 10 + half).slice(1, 0, 100)));
  EXPECT_TRUE(at::equal(picture.slice(0, 10, 10 + half).slice(1, 10, 90).select(2, 0),
                        picture.slice(0, 10 + half).slice(1, 100, 180).select(2, 1)));
}

TEST(Wrap, BreaksBetweenWordsAndInsideLongOnes) {
  const Font font;
  const int width = text_width("hammerhead shark", font);
  EXPECT_THAT(wrap("hammerhead shark or tench", font, width),
              testing::ElementsAre("hammerhead shark", "or tench"));
  for (const std::string& line : wrap(fmt::format("{:w>200} end", ""), font, width))
    EXPECT_LE(text_width(line, font), width);
  EXPECT_TRUE(wrap("", font, width).empty());
  EXPECT_THAT(wrap("abc", font, 1), testing::ElementsAre("a", "b", "c"));
}

TEST(SavePng, WritesWhatOthersReadBack) {
  const test::TemporaryFolder folder;
  const Tensor picture = at::randint(0, 256, {5, 7, 3}, kByte);
  save_png(picture, folder / "p.png");
  const cv::Mat read = cv::imread(folder / "p.png", cv::IMREAD_COLOR);
  EXPECT_TRUE(at::equal(at::from_blob(read.data, {5, 7, 3}, kByte).flip({2}), picture));
}

TEST(SavePng, SaysWhenTheDiskRefuses) {
  const auto message = [](const std::string& path) -> std::string {
    try {
      save_png(plain(50, 50, 1, 2, 3), path);
    } catch (const DataError& error) {
      return error.what();
    }
    return "written";
  };
  EXPECT_EQ(message("/no/such/folder/p.png"), "/no/such/folder/p.png: the picture cannot be written");
  if (std::filesystem::exists("/dev/full")) {
    EXPECT_EQ(message("/dev/full"), "/dev/full: the picture cannot be written");
  }
}

}  // namespace
}  // namespace assay
