#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/tensor.h"
#include "metrics/metric.h"
#include "metrics/pointing_game_scores.h"
#include "tests/metrics/toy.h"

namespace assay {
namespace {

using test::kToySide;
using test::random_tensor;
using test::toy_subject;

constexpr ImageGeometry kSame{1, 1, 0, 0, kToySide, kToySide};

std::unique_ptr<Metric> pointing_game() {
  Params params;
  auto metric = find_entry(metrics(), "pointing-game", params, "metric").make(params);
  params.finish();
  return metric;
}

Record pointed(Subject& subject, const std::vector<Tensor>& maps, const Truth& truth) {
  Explanation explanation{{}, {{0, 1}}};
  for (const Tensor& map : maps) explanation.maps.push_back(map.unsqueeze(0));
  const auto metric = pointing_game();
  const Variant variant = metric->variants().front();
  const Task task{&explanation, &variant.settings};
  return metric->observe(subject, {&task, 1}, truth).front().front();
}

/// One pixel of the network's input.
Tensor pixel(std::int64_t row, std::int64_t column) {
  const Tensor mask = at::zeros({kToySide, kToySide}, at::kBool);
  mask[row][column].fill_(true);
  return mask;
}

/// Of an object that no pixel shows.
Tensor unseen() {
  return at::zeros({kToySide, kToySide}, at::kBool);
}

Tensor peak(std::int64_t row, std::int64_t column) {
  return pixel(row, column).to(at::kFloat);
}

Truth truth_of(const std::vector<Tensor>& objects, const ImageGeometry& geometry) {
  Truth truth;
  truth.set_geometry(0, geometry);
  for (const Tensor& object : objects) truth.add_object({0, 1}, {object, false});
  return truth;
}

PointObservation seen_of(const Record& record) {
  return point_observation(record.values);
}

TEST(PointingGame, PointsAtTheFirstMaximumInRowMajorOrder) {
  Subject subject = toy_subject(1);
  const Truth truth = truth_of({pixel(0, 0)}, kSame);
  const Tensor ties = at::max(at::max(peak(5, 9), peak(5, 3)), peak(8, 0));
  const PointObservation seen = seen_of(pointed(subject, {ties}, truth));
  EXPECT_EQ(seen.row, 5);
  EXPECT_EQ(seen.column, 3);
  EXPECT_DOUBLE_EQ(seen.distance, std::sqrt(34.0));
  EXPECT_EQ(seen.target, 1);
}

/// 200 x 100 pixels squashed: a pixel of the input is 100/14 high and 200/14 wide.
TEST(PointingGame, ASquashedImageIsMeasuredInItsOwnPixels) {
  Subject subject = toy_subject(1);
  const double high = 100.0 / kToySide, wide = 200.0 / kToySide;
  const ImageGeometry squash{high, wide, high / 2 - 0.5, wide / 2 - 0.5, 100, 200};
  const Truth truth = truth_of({pixel(5, 5)}, squash);
  const PointObservation aside = seen_of(pointed(subject, {peak(5, 6)}, truth));
  EXPECT_DOUBLE_EQ(aside.distance, wide);
  EXPECT_NEAR(aside.row, 5 * high + high / 2 - 0.5, 1e-12);
  EXPECT_NEAR(aside.column, 6 * wide + wide / 2 - 0.5, 1e-12);
  EXPECT_NEAR(aside.area, 1.0 / (kToySide * kToySide), 1e-15);
  EXPECT_TRUE(is_hit(aside, {}));                                            // 14.3 px
  EXPECT_TRUE(is_hit(seen_of(pointed(subject, {peak(7, 5)}, truth)), {}));   // two rows, 14.3 px
  EXPECT_FALSE(is_hit(seen_of(pointed(subject, {peak(6, 6)}, truth)), {}));  // 16.0 px
  EXPECT_FALSE(is_hit(seen_of(pointed(subject, {peak(5, 7)}, truth)), {}));
}

/// The middle 70 x 70 of 90 x 110 pixels: three pixels of the input are 15 of the image, the edge of the
/// disc.
TEST(PointingGame, TheEdgeOfTheDiscIsNotInIt) {
  Subject subject = toy_subject(1);
  const ImageGeometry crop{5, 5, 12, 22, 90, 110};
  const Truth truth = truth_of({pixel(4, 4)}, crop);
  const PointObservation edge = seen_of(pointed(subject, {peak(4, 7)}, truth));
  EXPECT_EQ(edge.row, 32);
  EXPECT_EQ(edge.column, 57);
  EXPECT_EQ(edge.distance, 15);
  EXPECT_FALSE(is_hit(edge, {}));
  EXPECT_TRUE(is_hit(edge, {.tolerance = 15.001}));
  EXPECT_TRUE(is_hit(seen_of(pointed(subject, {peak(6, 6)}, truth)), {}));  // 10 and 10
  const PointObservation on = seen_of(pointed(subject, {peak(4, 4)}, truth));
  EXPECT_TRUE(is_hit(on, {.tolerance = 0}));
  EXPECT_DOUBLE_EQ(on.area, 25.0 / (90 * 110));
}

TEST(PointingGame, AnyObjectOfTheClassCountsAndWhatSurroundsThemIsChance) {
  Subject subject = toy_subject(1);
  Truth truth = truth_of({pixel(0, 0), pixel(13, 13)}, {10, 10, 4.5, 4.5, 140, 140});
  truth.add_object({0, 1}, {pixel(0, 0), true});
  truth.add_object({0, 3}, {pixel(7, 7), false});
  truth.add_object({0, 4}, {pixel(7, 7), false});
  truth.add_object({1, 2}, {pixel(7, 7), false});
  truth.add_object({0, 1}, {unseen(), true});
  truth.add_object({0, 2}, {unseen(), false});
  const PointObservation seen = seen_of(pointed(subject, {peak(12, 13)}, truth));
  EXPECT_EQ(seen.distance, 10);
  EXPECT_EQ(seen.objects, 3);
  EXPECT_EQ(seen.marked, 1);
  EXPECT_EQ(seen.others, 2);
  EXPECT_DOUBLE_EQ(seen.area, 2.0 / 196);  // the same pixel twice is one
  EXPECT_DOUBLE_EQ(seen.near, 8.0 / 196);  // four at each corner: 0, 10, 10, 14.1
}

/// Against the distance to every object pixel, written out.
TEST(PointingGame, EqualsASearchOverThePixels) {
  Subject subject = toy_subject(1);
  const ImageGeometry geometry{2.25, 3.5, 0.625, 7, 40, 70};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Tensor object = random_tensor({kToySide, kToySide}, 0, 1, seed) > 0.95;
    const Tensor map = random_tensor({kToySide, kToySide}, -1, 1, seed + 50);
    ASSERT_TRUE(object.any().item<bool>());
    const PointObservation seen = seen_of(pointed(subject, {map}, truth_of({object}, geometry)));
    double best = -2, row = 0, column = 0, nearest = 1e9;
    for (std::int64_t y = 0; y < kToySide; ++y)
      for (std::int64_t x = 0; x < kToySide; ++x)
        if (map[y][x].item<double>() > best) {
          best = map[y][x].item<double>();
          row = 0.625 + 2.25 * static_cast<double>(y);
          column = 7 + 3.5 * static_cast<double>(x);
        }
    for (std::int64_t y = 0; y < kToySide; ++y)
      for (std::int64_t x = 0; x < kToySide; ++x)
        if (object[y][x].item<bool>())
          nearest = std::min(nearest, std::hypot(0.625 + 2.25 * static_cast<double>(y) - row,
                                                 7 + 3.5 * static_cast<double>(x) - column));
    EXPECT_EQ(seen.row, row);
    EXPECT_EQ(seen.column, column);
    EXPECT_NEAR(seen.distance, nearest, 1e-12);
  }
}

/// Squashed from another size: all of the image is there, so that the object is too small. One more row of
/// the original, and it may be there.
TEST(PointingGame, AnObjectThatNoPixelShowsIsTooSmallOrOutside) {
  Subject subject = toy_subject(1);
  const double wide = 200.0 / kToySide;
  ImageGeometry geometry{3, wide, 1, wide / 2 - 0.5, 3 * kToySide, 200};
  const Tensor map = random_tensor({kToySide, kToySide}, 0, 1, 7);
  const Record small = pointed(subject, {map}, truth_of({unseen()}, geometry));
  EXPECT_EQ(small.status, Status::skipped);
  EXPECT_EQ(small.reason, "no pixel of the input shows the object");
  EXPECT_TRUE(std::isnan(seen_of(small).distance));
  const char* either = "the object is outside the network's input, or smaller than its pixels";
  geometry.rows += 1;
  EXPECT_EQ(pointed(subject, {map}, truth_of({unseen()}, geometry)).reason, either);
  geometry.offset_y += 1;  // the row is now missing above
  EXPECT_EQ(pointed(subject, {map}, truth_of({unseen()}, geometry)).reason, either);
  const Record other = pointed(subject, {map}, truth_of({unseen(), pixel(2, 3)}, kSame));
  EXPECT_EQ(other.status, Status::ok);
  EXPECT_EQ(seen_of(other).objects, 1);
}

TEST(PointingGame, WhatCannotBeSaidHasAReason) {
  Subject subject = toy_subject(1);
  const Tensor map = random_tensor({kToySide, kToySide}, 0, 1, 7);
  Truth unmeasured, failed = truth_of({pixel(1, 1)}, kSame);
  unmeasured.add_object({0, 1}, {pixel(1, 1), false});
  failed.fail({0, 1}, "box: outside the image");
  const auto reason = [&](const std::vector<Tensor>& maps, const Truth& truth) {
    return pointed(subject, maps, truth).reason;
  };
  const Record unknown = pointed(subject, {map}, truth_of({}, kSame));
  EXPECT_EQ(unknown.status, Status::skipped);
  EXPECT_EQ(unknown.reason, "no object of the explained class");
  EXPECT_TRUE(std::isnan(unknown.values[3]));
  const Truth known = truth_of({pixel(1, 1)}, kSame);
  EXPECT_EQ(reason({map}, unmeasured), "the size of the original image is not known");
  EXPECT_EQ(reason({map}, truth_of({unseen(), unseen()}, kSame)), "no pixel of the input shows the object");
  EXPECT_EQ(reason({map}, failed), "box: outside the image");
  EXPECT_EQ(reason({map, map}, known), "an intersection of masks has no highest point");
  EXPECT_EQ(reason({map * std::nanf("")}, known), "map is not finite");
  const Record constant = pointed(subject, {at::ones_like(map)}, known);
  EXPECT_EQ(constant.status, Status::suspect);
  EXPECT_EQ(seen_of(constant).row, 0);
  EXPECT_DOUBLE_EQ(seen_of(constant).distance, std::sqrt(2.0));
  EXPECT_EQ(pointing_game()->price(test::toy_network()).forwards, 0);
}

}  // namespace
}  // namespace assay
