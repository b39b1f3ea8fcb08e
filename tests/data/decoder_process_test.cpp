#include "harness/data/decoder_process.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;
using test::TemporaryFolder;
using testing::EndsWith;

std::string noise_image(const TemporaryFolder& folder, const std::string& name, int rows, int columns) {
  cv::Mat image(rows, columns, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(rows));
  random.fill(image, cv::RNG::UNIFORM, 0, 256);
  cv::imwrite(folder / name, image);
  return folder / name;
}

bool same_pixels(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// A file that nobody can finish reading.
std::string hanging(const TemporaryFolder& folder) {
  mkfifo((folder / "hangs.png").c_str(), 0600);
  return folder / "hangs.png";
}

/// The processes below one, by /proc.
std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream stream(fmt::format("/proc/{0}/task/{0}/children", parent));
  std::vector<pid_t> children;
  for (pid_t child = 0; stream >> child;) children.push_back(child);
  return children;
}

/// The process that was forked since `before`; 0 when it is not one.
pid_t new_child(const std::vector<pid_t>& before) {
  std::vector<pid_t> now = children_of(getpid());
  std::erase_if(now, [&](pid_t child) { return std::ranges::find(before, child) != before.end(); });
  return now.size() == 1 ? now[0] : 0;
}

TEST(DecoderProcess, GivesThePixelsOfReadImage) {
  const TemporaryFolder folder;
  DecoderProcess decoder;
  for (const auto& [rows, columns] : {std::pair(1, 1), std::pair(37, 53), std::pair(700, 900)})
    for (const char* kind : {"png", "jpg", "bmp"}) {
      const std::string file = noise_image(folder, fmt::format("{}.{}", rows, kind), rows, columns);
      EXPECT_TRUE(same_pixels(decoder.read(file), read_image(file))) << file;
    }
}

TEST(DecoderProcess, SaysWhatReadImageSays) {
  const TemporaryFolder folder;
  DecoderProcess decoder;
  for (const std::string& file : {folder / "none.png", folder.path(), folder.write("text.png", "no image")})
    EXPECT_EQ(error_text<DataError>([&] { decoder.read(file); }),
              error_text<DataError>([&] { read_image(file); }));
}

TEST(DecoderProcess, StopsAnImageThatHangsAndDecodesTheNext) {
  const TemporaryFolder folder;
  const std::string good = noise_image(folder, "good.png", 64, 48), bad = hanging(folder);
  DecoderProcess decoder;
  decoder.set_timeout(0.2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(error_text<DataError>([&] { decoder.read(bad); }),
              bad + ": decoding took longer than 0.2 s and was stopped");
    decoder.set_timeout(60);
    EXPECT_TRUE(same_pixels(decoder.read(good), read_image(good)));
    decoder.set_timeout(0.2);
  }
}

/// A decoder that has read a good image, and who keeps its process alive.
class KeptDecoder : public testing::Test {
 protected:
  void SetUp() override {
    decoder.read(good);
    keeper = new_child(before);
    ASSERT_GT(keeper, 0);
  }
  const TemporaryFolder folder;
  const std::string good = noise_image(folder, "good.png", 64, 48);
  const std::vector<pid_t> before = children_of(getpid());
  DecoderProcess decoder;
  pid_t keeper = 0;
};

TEST_F(KeptDecoder, OutlivesDecodersThatDie) {
  for (int i = 0; i < 3; ++i) {
    for (const pid_t one : children_of(keeper)) kill(one, SIGKILL);
    EXPECT_TRUE(same_pixels(decoder.read(good), read_image(good)));
  }
  kill(keeper, SIGKILL);
  EXPECT_TRUE(same_pixels(decoder.read(good), read_image(good)));  // here, without a limit
}

TEST_F(KeptDecoder, DecodersThatDieIdleAreNotTheNextImagesDoing) {
  for (int i = 0; i < 4; ++i) {
    const std::vector<pid_t> idle = children_of(keeper);
    for (const pid_t one : idle) kill(one, SIGKILL);
    while (children_of(keeper) == idle || children_of(keeper).empty()) usleep(1000);
  }
  EXPECT_TRUE(same_pixels(decoder.read(good), read_image(good)));
}

TEST(DecoderProcess, AHangingFileIsAReasonLikeAnyOther) {
  const TemporaryFolder folder;
  const std::string good = noise_image(folder, "good.png", 8, 8), bad = hanging(folder);
  DecoderProcess decoder;
  decoder.set_timeout(2);
  const Preprocess preprocess{.height = 8, .width = 8};
  const Decoded image = try_decode({"", bad, {}}, preprocess, &decoder);
  EXPECT_FALSE(image.pixels.defined());
  EXPECT_THAT(image.reason, EndsWith("decoding took longer than 2 s and was stopped"));
  Sample masked{"", good, {}};
  masked.regions = {{{0, ""}, bad}};
  const Decoded with_mask = try_decode(masked, preprocess, &decoder);
  EXPECT_TRUE(with_mask.pixels.defined());
  EXPECT_THAT(with_mask.regions.at(0).reason, EndsWith("was stopped"));
}

TEST(DecoderProcess, CostsLittle) {
  const TemporaryFolder folder;
  const std::string file = noise_image(folder, "photo.jpg", 375, 500);
  DecoderProcess decoder;
  const auto milliseconds = [&](const auto& read) {
    read();
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) read();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / 20;
  };
  const double here = milliseconds([&] { read_image(file); });
  const double there = milliseconds([&] { decoder.read(file); });
  fmt::print("a JPEG of 500 x 375: {:.2f} ms here, {:.2f} ms in the other process\n", here, there);
  EXPECT_LT(there, 3 * here + 2);
}

}  // namespace
}  // namespace assay
