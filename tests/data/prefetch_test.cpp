#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>

#include "harness/data/decode.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::TemporaryFolder;

class Prefetch : public testing::Test {
 protected:
  Prefetch() { preprocess_.height = preprocess_.width = 4; }
  /// An image whose every pixel is `value`.
  Sample image(int value) const {
    const std::string path = folder_ / (std::to_string(value) + ".png");
    cv::imwrite(path, cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(value)));
    return {"", path, {}};
  }
  static int value_of(const Decoded& decoded) {
    return decoded.pixels.defined() ? decoded.pixels.max().item<int>() : -1;
  }
  TemporaryFolder folder_;
  Preprocess preprocess_;
};

TEST_F(Prefetch, GivesBlocksAndImagesInTheOrderOfTheirAnnouncement) {
  Prefetcher prefetcher(preprocess_, 2);
  for (int block = 0; block < 20; ++block) {
    std::vector<Sample> samples;
    for (int i = 0; i <= block % 3; ++i) samples.push_back(image(10 * block + i));
    prefetcher.push(samples);
  }
  for (int block = 0; block < 20; ++block) {
    const std::vector<Decoded> decoded = prefetcher.pop();
    ASSERT_EQ(std::ssize(decoded), block % 3 + 1);
    for (int i = 0; i <= block % 3; ++i)
      EXPECT_EQ(value_of(decoded[static_cast<std::size_t>(i)]), 10 * block + i);
  }
}

TEST_F(Prefetch, AnUnreadableImageIsAReasonAndTheOthersArrive) {
  Prefetcher prefetcher(preprocess_, 1);
  prefetcher.push({image(5), {"", folder_ / "none.png", {}}, image(6)});
  prefetcher.push({});
  const auto block = prefetcher.pop();
  ASSERT_EQ(block.size(), 3u);
  EXPECT_EQ(value_of(block[0]), 5);
  EXPECT_FALSE(block[1].pixels.defined());
  EXPECT_EQ(block[1].reason, folder_ / "none.png" + ": no such file");
  EXPECT_EQ(value_of(block[2]), 6);
  EXPECT_EQ(block[2].reason, "");
  EXPECT_TRUE(prefetcher.pop().empty());
}

/// How many of six announced blocks are decoded before the first is asked for, within `patience`. The files
/// are replaced after that time: what is read tells when it was decoded.
class PrefetchAhead : public Prefetch {
 protected:
  int decoded_early(std::size_t ahead, std::chrono::milliseconds patience) const {
    std::vector<Sample> samples;
    for (int block = 0; block < 6; ++block) samples.push_back(image(block));
    Prefetcher prefetcher(preprocess_, ahead);
    for (const Sample& sample : samples) prefetcher.push({sample});
    std::this_thread::sleep_for(patience);
    for (const Sample& sample : samples)
      cv::imwrite(sample.path, cv::Mat(4, 4, CV_8UC3, cv::Scalar::all(200)));
    int early = 0;
    for (int block = 0; block < 6; ++block) early += value_of(prefetcher.pop().front()) == block;
    return early;
  }
};

TEST_F(PrefetchAhead, DecodesAsManyBlocksAsAllowedAndNoMore) {
  int early = 0;
  for (const int patience : {50, 500, 5000}) {
    early = decoded_early(2, std::chrono::milliseconds(patience));
    EXPECT_LE(early, 2);
    if (early == 2) break;
  }
  EXPECT_EQ(early, 2);
}

TEST_F(Prefetch, RegionsComeWithTheirImage) {
  const std::string left = folder_ / "left.png";
  cv::Mat mask(4, 4, CV_8UC1, cv::Scalar::all(0));
  mask.colRange(0, 1) = 200;
  cv::imwrite(left, mask);
  Sample sample = image(9);
  sample.regions = {{{0, ""}, left}, {{1, ""}, image(0).path}};
  Sample broken = image(10);
  broken.regions = {{{0, ""}, folder_ / "none.png"}};
  Prefetcher prefetcher(preprocess_, 1);
  prefetcher.push({sample, broken});
  const auto block = prefetcher.pop();
  ASSERT_EQ(block[0].regions.size(), 2u);
  EXPECT_TRUE(block[0].regions[0].pixels.equal(
      at::zeros({4, 4}).index_fill(1, at::zeros(1, at::kLong), 1).to(at::kBool)));
  EXPECT_FALSE(block[0].regions[1].pixels.any().item<bool>());
  EXPECT_TRUE(block[1].pixels.defined());
  EXPECT_EQ(block[1].regions[0].reason, folder_ / "none.png" + ": no such file");
  EXPECT_FALSE(block[1].regions[0].pixels.defined());
}

TEST_F(Prefetch, StopsWithBlocksThatNobodyAskedFor) {
  for (int i = 0; i < 20; ++i) {
    Prefetcher prefetcher(preprocess_, 1);
    for (int block = 0; block < 5; ++block) prefetcher.push({image(block), image(block + 1)});
  }
}

}  // namespace
}  // namespace assay
