#include "harness/data/decode.h"

#include <gmock/gmock.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "harness/core/seed.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;
using test::TemporaryFolder;
using testing::HasSubstr;
using Resize = Preprocess::Resize;
using Crop = Preprocess::Crop;

cv::Mat noise(int height, int width, int type = CV_8UC3) {
  cv::Mat image(height, width, type);
  Random random(7);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width * image.channels(); ++x)
      image.ptr(y)[x] = static_cast<unsigned char>(random.below(256));
  return image;
}

/// [3,h,w] double, planes in the file's order blue, green, red.
Tensor planes(const cv::Mat& image) {
  return at::from_blob(image.data, {image.rows, image.cols, 3}, at::TensorOptions().dtype(at::kByte))
      .permute({2, 0, 1})
      .to(at::kDouble);
}

/// Weight of source pixel i in output pixel o: bilinear with half-pixel centres and a replicated border.
Tensor bilinear_weights(std::int64_t from, std::int64_t to) {
  Tensor weights = at::zeros({to, from}, at::TensorOptions().dtype(at::kDouble));
  for (std::int64_t o = 0; o < to; ++o) {
    const double at = (o + 0.5) * from / to - 0.5;
    const double low = std::floor(at);
    for (const double i : {low, low + 1}) {
      const auto inside = std::clamp<std::int64_t>(static_cast<std::int64_t>(i), 0, from - 1);
      weights[o][inside] += 1 - std::abs(at - i);
    }
  }
  return weights;
}

/// The share of output pixel o that source pixel i covers.
Tensor area_weights(std::int64_t from, std::int64_t to) {
  Tensor weights = at::zeros({to, from}, at::TensorOptions().dtype(at::kDouble));
  const double width = static_cast<double>(from) / to;
  for (std::int64_t o = 0; o < to; ++o)
    for (std::int64_t i = 0; i < from; ++i)
      weights[o][i] =
          std::max(0.0, std::min(i + 1.0, (o + 1) * width) - std::max<double>(i, o * width)) / width;
  return weights;
}

Tensor resampled(const Tensor& image, const Tensor& rows, const Tensor& columns) {
  return at::matmul(at::matmul(rows, image), columns.t());
}

Tensor bilinear(const Tensor& image, std::int64_t height, std::int64_t width) {
  return resampled(image, bilinear_weights(image.size(1), height), bilinear_weights(image.size(2), width));
}

class Decode : public testing::Test {
 protected:
  Decode() {
    preprocess_.height = 6;
    preprocess_.width = 8;
    preprocess_.bgr = true;
  }
  std::string store(const std::string& name, const cv::Mat& image) const {
    EXPECT_TRUE(cv::imwrite(folder_ / name, image));
    return folder_ / name;
  }
  /// Largest difference between what decode() gives for the image and what a slow computation says.
  double distance(const cv::Mat& image, const Tensor& expected) const {
    const Tensor pixels = decode(store("image.png", image), preprocess_);
    EXPECT_EQ(pixels.scalar_type(), at::kByte);
    EXPECT_TRUE(pixels.is_contiguous());
    EXPECT_EQ(pixels.sizes(), expected.sizes());
    return (pixels.to(at::kDouble) - expected).abs().max().item<double>();
  }
  TemporaryFolder folder_;
  Preprocess preprocess_;
};

TEST_F(Decode, WithoutResizingKeepsThePixelsInTheChannelOrder) {
  const cv::Mat image = noise(6, 8);
  EXPECT_EQ(distance(image, planes(image)), 0);
  preprocess_.bgr = false;
  EXPECT_EQ(distance(image, planes(image).flip({0})), 0);
}

TEST_F(Decode, WarpsBilinearlyThenCropsTheCentre) {
  const cv::Mat image = noise(17, 23);
  preprocess_.resize = Resize::warp;
  preprocess_.resize_size = 11;  // spare 5 and 3: offsets 2 and 1
  preprocess_.crop = Crop::center;
  const Tensor warped = bilinear(planes(image), 11, 11);
  EXPECT_LE(distance(image, warped.slice(1, 2, 8).slice(2, 1, 9)), 1);
  preprocess_.crop = Crop::top_left;
  EXPECT_LE(distance(image, warped.slice(1, 0, 6).slice(2, 0, 8)), 1);
}

TEST_F(Decode, ShortSideAveragesAreasWhenItShrinks) {
  const cv::Mat image = noise(30, 47);
  preprocess_.resize = Resize::short_side;
  preprocess_.resize_size = 10;
  preprocess_.crop = Crop::center;
  const Tensor shrunk =
      resampled(planes(image), area_weights(30, 10), area_weights(47, 16));  // 47 / 3 = 15.7
  EXPECT_LE(distance(image, shrunk.slice(1, 2, 8).slice(2, 4, 12)), 1);
}

TEST_F(Decode, ShortSideIsBilinearWhenItEnlarges) {
  const cv::Mat image = noise(9, 5);
  preprocess_.resize = Resize::short_side;
  preprocess_.resize_size = 10;
  preprocess_.crop = Crop::center;
  EXPECT_LE(distance(image, bilinear(planes(image), 18, 10).slice(1, 6, 12).slice(2, 1, 9)), 1);
}

TEST_F(Decode, ImageModesOverrideTheNetwork) {
  const cv::Mat image = noise(13, 29);
  const Tensor source = planes(image);
  preprocess_.resize = Resize::warp;
  preprocess_.resize_size = 11;
  preprocess_.crop = Crop::top_left;
  const Preprocess model = preprocess_;
  preprocess_ = with_image_mode(model, "model");
  EXPECT_LE(distance(image, bilinear(source, 11, 11).slice(1, 0, 6).slice(2, 0, 8)), 1);
  preprocess_ = with_image_mode(model, "squash");
  EXPECT_LE(distance(image, bilinear(source, 6, 8)), 1);
  preprocess_ = with_image_mode(model, "authors");
  EXPECT_LE(distance(image, bilinear(source.slice(2, 0, 13), 6, 8)), 1);
  preprocess_ = with_image_mode(model, "center-crop");  // short side 13 -> 11, 29 -> 24.5
  const Tensor shrunk = resampled(source, area_weights(13, 11), area_weights(29, 25));
  EXPECT_LE(distance(image, shrunk.slice(1, 2, 8).slice(2, 8, 16)), 1);
  EXPECT_EQ(error_text<ConfigError>([&] { with_image_mode(model, "crop"); }),
            "unknown image mode 'crop'; known: model, center-crop, squash, authors");
}

TEST_F(Decode, TheAuthorsSquareIsTopLeftOfUprightImagesToo) {
  const cv::Mat image = noise(29, 13);
  preprocess_ = with_image_mode(preprocess_, "authors");
  EXPECT_LE(distance(image, bilinear(planes(image).slice(1, 0, 13), 6, 8)), 1);
}

TEST(MeanMode, ChoosesBetweenValueAndImage) {
  Preprocess preprocess;
  EXPECT_EQ(error_text<ConfigError>([&] { with_mean_mode(preprocess, "image"); }),
            "mean 'image': the network has no mean image; known for it: model, value");
  preprocess.mean_image = at::ones({3, 2, 2});
  EXPECT_TRUE(with_mean_mode(preprocess, "image").mean_image.defined());
  EXPECT_TRUE(with_mean_mode(preprocess, "model").mean_image.defined());
  EXPECT_FALSE(with_mean_mode(preprocess, "value").mean_image.defined());
  EXPECT_EQ(error_text<ConfigError>([&] { with_mean_mode(preprocess, "median"); }),
            "unknown mean 'median'; known: model, value, image");
}

TEST_F(Decode, GreyAlphaAndSixteenBitsBecomeThreeChannels) {
  cv::Mat grey = noise(6, 8, CV_8UC1), alpha, deep, colour;
  cv::cvtColor(grey, colour, cv::COLOR_GRAY2BGR);
  EXPECT_EQ(distance(grey, planes(colour)), 0);
  colour = noise(6, 8);
  cv::cvtColor(colour, alpha, cv::COLOR_BGR2BGRA);
  EXPECT_EQ(distance(alpha, planes(colour)), 0);
  colour.convertTo(deep, CV_16UC3, 257);
  EXPECT_EQ(distance(deep, planes(colour)), 0);
}

TEST_F(Decode, IgnoresAnExifOrientation) {
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", noise(6, 8), jpeg);
  const std::string plain(jpeg.begin(), jpeg.end());
  const std::string exif(
      "\xFF\xE1\x00\x22"
      "Exif\0\0"
      "MM\0\x2A\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
      "\0\0\0\0",
      36);
  const std::string turned = folder_.write("turned.jpg", plain.substr(0, 2) + exif + plain.substr(2));
  ASSERT_EQ(cv::imread(turned, cv::IMREAD_COLOR).rows, 8) << "the orientation tag does not work";
  EXPECT_TRUE(at::equal(decode(turned, preprocess_), decode(folder_.write("plain.jpg", plain), preprocess_)));
}

TEST_F(Decode, ImagesThatDoNotFitAreErrors) {
  const std::string path = store("small.png", noise(5, 9));
  EXPECT_EQ(error_text<DataError>([&] { decode(path, preprocess_); }),
            path + ": 9 x 5 pixels do not give the network's input of 8 x 6; choose another image mode");
  preprocess_.crop = Crop::center;
  EXPECT_THAT(error_text<DataError>([&] { decode(path, preprocess_); }),
              HasSubstr("9 x 5 pixels do not give"));
}

TEST_F(Decode, FilesThatAreNoImagesSayWhy) {
  const auto reason = [&](const std::string& path) {
    return error_text<DataError>([&] { decode(path, preprocess_); });
  };
  EXPECT_EQ(reason(folder_ / "none.jpg"), folder_ / "none.jpg" + ": no such file");
  EXPECT_EQ(reason(folder_.path()), folder_.path() + ": is a folder, not an image");
  EXPECT_EQ(reason(folder_.write("empty.jpg", "")), folder_ / "empty.jpg" + ": the file is empty");
  EXPECT_EQ(reason(folder_.write("text.jpg", "not an image at all")),
            folder_ / "text.jpg" + ": not an image, or damaged");
}

TEST_F(Decode, EveryTruncationOfAJpegOrPngIsSeen) {
  for (const char* kind : {".jpg", ".png"}) {
    std::vector<unsigned char> bytes;
    const std::vector<int> progressive{cv::IMWRITE_JPEG_PROGRESSIVE, 1, cv::IMWRITE_JPEG_RST_INTERVAL, 1};
    cv::imencode(kind, noise(6, 8), bytes, std::string(kind) == ".jpg" ? progressive : std::vector<int>{});
    const std::string whole(bytes.begin(), bytes.end());
    EXPECT_NO_THROW(decode(folder_.write(std::string("whole") + kind, whole), preprocess_));
    EXPECT_NO_THROW(decode(folder_.write(std::string("trailing") + kind, whole + "rubbish"), preprocess_));
    const std::string name = std::string("cut") + kind;
    const std::string expected = folder_ / name + (kind[1] == 'j' ? ": truncated JPEG" : ": truncated PNG");
    for (std::size_t size = 8; size < whole.size(); size += 3)
      ASSERT_EQ(
          error_text<DataError>([&] { decode(folder_.write(name, whole.substr(0, size)), preprocess_); }),
          expected)
          << size << " of " << whole.size();
  }
}

/// 90 x 60, bright in `bright`.
void write_mask(const std::string& file, const cv::Rect& bright) {
  cv::Mat mask(60, 90, CV_8UC1, cv::Scalar(0));
  cv::rectangle(mask, bright, cv::Scalar(255), cv::FILLED);
  cv::imwrite(file, mask);
}

/// The short side to 45 and the middle 40 x 40.
Preprocess cropped() {
  Preprocess preprocess{.height = 40, .width = 40};
  preprocess.resize = Resize::short_side;
  preprocess.resize_size = 45;
  preprocess.crop = Crop::center;
  return preprocess;
}

/// (x - 17.5) * 3/4 + 1/8, y * 3/4 - 2.5 of an image.
TEST(TryDecode, ASampleWithoutFileIsGreyWithItsRegion) {
  Preprocess preprocess{.height = 8, .width = 6};
  preprocess.resize = Resize::short_side;  // of files; this one needs none
  preprocess.resize_size = 256;
  const Sample sample{
      .name = "a", .path = "", .labels = {{0, ""}}, .regions = {{Label{0, ""}, Box{0, 0, 4, 4}}}};
  const Decoded decoded = try_decode(sample, preprocess);
  EXPECT_EQ(decoded.reason, "");
  EXPECT_TRUE(at::equal(decoded.pixels, at::full({3, 8, 6}, 128, at::kByte)));
  Tensor corner = at::zeros({8, 6}, at::kBool);
  corner.narrow(0, 0, 4).narrow(1, 0, 4).fill_(true);
  ASSERT_EQ(decoded.regions.size(), 1u);
  EXPECT_TRUE(at::equal(decoded.regions[0].pixels, corner));
}

TEST(DecodeMask, LiesWhereTheCropPutsIt) {
  const TemporaryFolder folder;
  write_mask(folder / "mask.png", {40, 20, 20, 8});
  const Tensor decoded = decode_mask(folder / "mask.png", {60, 90}, cropped());
  const Tensor expected = at::zeros({40, 40}, at::kBool);
  expected.slice(0, 15 - 2, 21 - 2).slice(1, 30 - 14, 45 - 14).fill_(true);
  EXPECT_TRUE(at::equal(decoded, expected)) << decoded.nonzero();
}

TEST(DecodeMask, OfAnotherSizeThanItsImageIsRefusedAndTheImageIsKept) {
  const TemporaryFolder folder;
  cv::imwrite(folder / "mask.png", cv::Mat(60, 90, CV_8UC1, cv::Scalar(255)));
  cv::imwrite(folder / "image.png", cv::Mat(90, 60, CV_8UC3, cv::Scalar(1, 2, 3)));
  const Sample sample{"image.png", folder / "image.png", {{0, ""}}, {{{0, ""}, folder / "mask.png"}}};
  const Decoded decoded = try_decode(sample, with_image_mode({.height = 40, .width = 40}, "squash"));
  EXPECT_TRUE(decoded.pixels.defined());
  ASSERT_EQ(decoded.regions.size(), 1u);
  EXPECT_FALSE(decoded.regions[0].pixels.defined());
  EXPECT_EQ(decoded.regions[0].reason,
            folder / "mask.png" + ": the mask has 90 x 60 pixels, its image 60 x 90");
}

TEST(DecodeMask, IsWhereTheImageOfTheMaskIsBright) {
  const TemporaryFolder folder;
  write_mask(folder / "mask.png", {50, 10, 20, 30});
  for (const char* mode : {"model", "squash", "authors"}) {
    const Preprocess preprocess = with_image_mode(cropped(), mode);
    const Tensor decoded = decode_mask(folder / "mask.png", {60, 90}, preprocess);
    EXPECT_GT(decoded.sum().item<int>(), 100) << mode;
    EXPECT_TRUE(at::equal(decoded, decode(folder / "mask.png", preprocess)[0].gt(127))) << mode;
  }
}

}  // namespace
}  // namespace assay
