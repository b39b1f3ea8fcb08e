// SLIC against another implementation of it: OpenCV contrib's.
#include <gtest/gtest.h>

#ifdef ASSAY_HAS_XIMGPROC

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/ximgproc/slic.hpp>

#include "harness/vision/slic.h"
#include "harness/vision/vision.h"
#include "tests/pack.h"
#include "tests/vision/scenes.h"

namespace assay::test {
namespace {

constexpr int kSide = 224;

/// Bool [H,W]: pixels whose label differs from that of the next one to the right or below.
Tensor boundaries(const Tensor& labels) {
  Tensor found = at::zeros(labels.sizes(), at::kBool);
  const std::int64_t height = labels.size(0), width = labels.size(1);
  found.narrow(1, 0, width - 1).logical_or_(labels.narrow(1, 0, width - 1) != labels.narrow(1, 1, width - 1));
  found.narrow(0, 0, height - 1)
      .logical_or_(labels.narrow(0, 0, height - 1) != labels.narrow(0, 1, height - 1));
  return found;
}

/// The share of the boundaries of `expected` that have one of `found` within two pixels.
double boundary_recall(const Tensor& found, const Tensor& expected) {
  const Tensor wanted = boundaries(expected), near = dilate(boundaries(found), 2);
  return (wanted.logical_and(near).sum().to(at::kDouble) / wanted.sum()).item<double>();
}

/// `image` CV_32FC3, 0..255, BGR.
Tensor opencv_slic(const cv::Mat& image, int region_size) {
  cv::Mat blurred, lab, labels;
  cv::GaussianBlur(image / 255, blurred, {7, 7}, 1);
  cv::cvtColor(blurred, lab, cv::COLOR_BGR2Lab);
  const auto slic = cv::ximgproc::createSuperpixelSLIC(lab, cv::ximgproc::SLIC, region_size, 10);
  slic->iterate(10);
  slic->enforceLabelConnectivity(25);
  slic->getLabels(labels);
  return at::from_blob(labels.data, {labels.rows, labels.cols}, at::kInt).to(at::kLong);
}

struct Recalls {
  std::vector<double> of_theirs, of_ours;

  void expect_high(const std::string& what) const {
    for (const std::vector<double>& recalls : {of_theirs, of_ours}) {
      EXPECT_GE(std::accumulate(recalls.begin(), recalls.end(), 0.0) / static_cast<double>(recalls.size()),
                0.93)
          << what;
      EXPECT_GE(std::ranges::min(recalls), 0.8) << what;  // one of 16 superpixels has 1/16 of the boundaries
    }
  }
};

/// Images [3,224,224], BGR.
void expect_like_opencv(const std::vector<Tensor>& images) {
  for (const int size : {56, 28, 14}) {
    const std::int64_t segments = (kSide / size) * (kSide / size);
    Recalls recalls;
    for (const Tensor& pixels : images) {
      const Tensor rows = pixels.permute({1, 2, 0}).to(at::kFloat).contiguous();
      const cv::Mat image(kSide, kSide, CV_32FC3, rows.data_ptr<float>());
      const Tensor ours = slic(pixels, /*bgr=*/true, {.segments = segments}),
                   theirs = opencv_slic(image, size);
      recalls.of_theirs.push_back(boundary_recall(ours, theirs));
      recalls.of_ours.push_back(boundary_recall(theirs, ours));
      EXPECT_NEAR(static_cast<double>(count_labels(ours)),
                  static_cast<double>(std::get<0>(at::_unique(theirs)).numel()),
                  0.25 * static_cast<double>(segments) + 2);
    }
    recalls.expect_high("regions of " + std::to_string(size));
  }
}

TEST(SlicOpencv, ShiftedBoundariesAreMissed) {
  const Tensor stripes = (at::arange(kSide) / 28).floor().to(at::kLong).unsqueeze(0).expand({kSide, kSide});
  EXPECT_EQ(boundary_recall(stripes, stripes), 1);
  EXPECT_EQ(boundary_recall(stripes.roll(2, 1), stripes), 1);
  EXPECT_LT(boundary_recall(stripes.roll(6, 1), stripes), 0.2);
}

TEST(SlicOpencv, ScenesHaveTheSameBoundaries) {
  std::vector<Tensor> scenes;
  for (std::uint64_t seed = 11; seed < 21; ++seed) scenes.push_back(scene(kSide, kSide, seed));
  expect_like_opencv(scenes);
}

TEST(SlicOpencv, PhotographsHaveTheSameBoundaries) {
  ASSAY_NEEDS_PACK();
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(pack() + "/images/imagenet_val"))
    if (entry.path().extension() == ".JPEG" || entry.path().extension() == ".jpg")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 3u);
  files.resize(3);
  std::vector<Tensor> images;
  for (const std::filesystem::path& file : files) {
    cv::Mat image, small, values;
    image = cv::imread(file.string(), cv::IMREAD_COLOR);
    cv::resize(image, small, {kSide, kSide}, 0, 0, cv::INTER_AREA);
    small.convertTo(values, CV_32F);
    const Tensor rows = at::from_blob(values.data, {kSide, kSide, 3}, at::kFloat).clone();
    images.push_back(rows.permute({2, 0, 1}).to(at::kDouble));
  }
  expect_like_opencv(images);
}

}  // namespace
}  // namespace assay::test

#else

TEST(SlicOpencv, NeedsOpencvContrib) {
  GTEST_SKIP() << "libopencv-contrib-dev is not installed";
}

#endif
