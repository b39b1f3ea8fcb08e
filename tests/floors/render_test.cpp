#include <gmock/gmock.h>

#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "harness/floors/camera.h"
#include "harness/floors/colour_baseline.h"
#include "harness/floors/floors.h"

namespace assay {
namespace {

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// 255 where two pictures differ in any channel.
cv::Mat difference(const cv::Mat& a, const cv::Mat& b) {
  cv::Mat difference, channels[3];
  cv::absdiff(a, b, difference);
  cv::split(difference, channels);
  return (channels[0] | channels[1] | channels[2]) > 0;
}

class EveryFloor : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Floors, EveryFloor, testing::Range(0, kFloors));

TEST_P(EveryFloor, IsTheSameToTheBitTwice) {
  const FloorView a = render_floor(3, GetParam(), 4), b = render_floor(3, GetParam(), 4);
  EXPECT_EQ(a.image.size(), cv::Size(1024, 768));
  EXPECT_EQ(a.image.type(), CV_8UC3);
  EXPECT_TRUE(same(a.image, b.image));
  EXPECT_TRUE(same(a.object, b.object));
  EXPECT_EQ(a.box, b.box);
}

TEST_P(EveryFloor, WithoutItsObjectAViewIsTheSameOutsideTheMaskAndAnotherInside) {
  const FloorView with = render_floor(0, GetParam(), 7), without = render_floor(0, GetParam(), 7, false);
  EXPECT_EQ(cv::countNonZero(without.object), 0);
  const cv::Mat differs = difference(with.image, without.image);
  EXPECT_EQ(cv::countNonZero(differs & ~with.object), 0);
  EXPECT_GT(cv::countNonZero(differs), 0.95 * cv::countNonZero(with.object));
}

/// Every view of the default seed: both the top left square and the part of the centre that networks see
/// hold the whole object.
TEST(FloorViews, ShowTheirObjectWhollyAndLargeEnoughAndColoursDoNotTellTheFloor) {
  FloorColours colours;
  for (int floor = 0; floor < kFloors; ++floor)
    for (int view = 0; view < kViews; ++view) {
      SCOPED_TRACE(floors().at(floor).name + " " + std::to_string(view));
      const FloorView seen = render_floor(0, floor, view);
      colours.at(floor).at(view) = colours_of(seen.image);
      EXPECT_EQ(seen.box, cv::boundingRect(seen.object));
      EXPECT_EQ(seen.box & cv::Rect(171, 43, 569, 682), seen.box);
      const double share = cv::countNonZero(seen.object) / (768.0 * 768.0);
      EXPECT_GE(share, 0.06);
      EXPECT_LE(share, 0.14);
      EXPECT_EQ(cv::countNonZero((seen.object == 0) | (seen.object == 255)), 768 * 1024);
    }
  const ColourBaselines right = colour_baselines(colours);
  std::printf("nearest neighbour on mean colour: %d of 42, on 64-bin histograms: %d of 42\n", right.mean,
              right.histogram);
  EXPECT_EQ(right.tested, 42);
  EXPECT_LE(right.mean, 12);  // chance is 7; 60 % would be 25
  EXPECT_LE(right.histogram, 12);
}

TEST(FloorViews, DifferBySeedByViewAndByFloor) {
  const cv::Mat image = render_floor(0, 2, 0).image;
  EXPECT_FALSE(same(image, render_floor(1, 2, 0).image));
  EXPECT_FALSE(same(image, render_floor(0, 2, 1).image));
  EXPECT_FALSE(same(image, render_floor(0, 3, 0).image));
}

/// The baselines do find colours where they tell.
TEST(FloorColours, AreCountedWhereTheyTell) {
  FloorColours colours;
  for (int floor = 0; floor < kFloors; ++floor)
    for (int view = 0; view < kViews; ++view)
      colours.at(floor).at(view) =
          colours_of(cv::Mat(4, 4, CV_8UC3, cv::Scalar(floor * 40 + view % 2, 10, 70 * (floor / 2))));
  EXPECT_EQ(colour_baselines(colours).mean, 42);
  EXPECT_DOUBLE_EQ(colours[5][0].mean[0], 200);
  EXPECT_DOUBLE_EQ(colours[5][0].histogram[3 * 16 + 2], 1);
}

TEST(FloorCamera, ProjectsAsAPinhole) {
  const scene::Camera camera({1, 1.5, 0}, 0, 0, 0, 800, {1024, 768});
  EXPECT_EQ(camera.project({1, 1.5, 5}), cv::Point2d(512, 384));
  EXPECT_EQ(camera.project({2, 1.0, 4}), cv::Point2d(512 + 200, 384 + 100));
  EXPECT_DOUBLE_EQ(camera.depth({7, 7, 4}), 4);
  const cv::Point2d mirrored = camera.mirrored(0.5).project({2, 1.0, 4});
  EXPECT_EQ(mirrored, cv::Point2d(256 + 100, 192 + 250));
}

TEST(FloorCamera, TurnsToTheRightAndUp) {
  const scene::Camera right({0, 0, 0}, CV_PI / 6, 0, 0, 100, {200, 200});
  const cv::Point2d ahead = right.project({std::sin(CV_PI / 6), 0, std::cos(CV_PI / 6)});
  EXPECT_NEAR(ahead.x, 100, 1e-9);
  EXPECT_NEAR(ahead.y, 100, 1e-9);
  const scene::Camera up({0, 0, 0}, 0, CV_PI / 6, 0, 100, {200, 200});
  EXPECT_NEAR(up.project({0, std::sin(CV_PI / 6), std::cos(CV_PI / 6)}).y, 100, 1e-9);
}

}  // namespace
}  // namespace assay
