#include <cmath>

#include "harness/network/summary.h"
#include "harness/vision/vision.h"
#include "metrics/score_curves.h"
#include "tests/metrics/perturbation.h"

namespace assay {
namespace {

using test::expect_near;
using test::kToySide;
using test::linear_subject;
using test::metric_named;
using test::observed_by;
using test::replaced;
using test::signed_explanation;
using test::sorted_places;
using test::toy_subject;

constexpr double kPixels = static_cast<double>(kToySide * kToySide);

/// Scores after each step, image by image through the whole network: `start` with pixels of `end`.
std::pair<std::vector<double>, std::vector<double>> slow_curve(const Subject& subject, const Query& query,
                                                               const Tensor& start, const Tensor& end,
                                                               const std::vector<std::int64_t>& places,
                                                               const std::vector<std::int64_t>& points) {
  std::pair<std::vector<double>, std::vector<double>> curve;
  for (const std::int64_t point : points) {
    const Tensor image = replaced(start, end, places, static_cast<std::size_t>(point));
    const auto [probability, logit] = test::scores_on_whole(subject.network(), image, query.target);
    curve.first.push_back(probability);
    curve.second.push_back(logit);
  }
  return curve;
}

void expect_curves(const Record& record, std::size_t first,
                   const std::pair<std::vector<double>, std::vector<double>>& wanted) {
  expect_near(record.curves.at(first), wanted.first, 1e-5);
  expect_near(record.curves.at(first + 1), wanted.second, 1e-4);
}

TEST(PixelCurves, InsertionAndDeletionEqualALoopOverPixels) {
  Subject subject = toy_subject(3);
  const Explanation maps = signed_explanation(subject, 7);
  const auto insertion = observed_by(*metric_named("insertion", {{"step", 50}}), subject, maps);
  const auto deletion = observed_by(*metric_named("deletion", {{"step", 50}}), subject, maps);
  const std::vector<std::int64_t> points{0, 50, 100, 150, 196};
  const Tensor blurred = gaussian_blur(subject.pixels(), 11, 5);
  const Tensor mean = at::tensor({100.f, 110.f, 120.f}).view({3, 1, 1}).expand({3, kToySide, kToySide});
  for (std::size_t i = 0; i < 3; ++i) {
    const Query& query = maps.queries[i];
    const Tensor image = subject.pixels()[query.image];
    const auto places = sorted_places(maps.maps[0][query.image], true);
    expect_curves(insertion[i], 0, slow_curve(subject, query, blurred[query.image], image, places, points));
    expect_curves(deletion[i], 0, slow_curve(subject, query, image, mean, places, points));
    for (const Record* record : {&insertion[i], &deletion[i]}) {
      EXPECT_EQ(record->status, Status::ok);
      EXPECT_EQ(record->values, std::vector<double>{kPixels});
      EXPECT_EQ(record->curves.at(2), std::vector<double>(points.begin(), points.end()));
      EXPECT_EQ(record->cost.forwards, 5);
      EXPECT_EQ(record->cost.work.done, 5 * multiply_adds(subject.network()));
    }
  }
}

TEST(PixelCurves, FlippingEqualsALoopOverPixelsInBothOrders) {
  Subject subject = toy_subject(2);
  const Explanation maps = signed_explanation(subject, 8);
  const auto records =
      observed_by(*metric_named("pixel-flipping", {{"steps", 4}, {"share", 0.3}}), subject, maps);
  const std::vector<std::int64_t> points{0, 15, 29, 44, 59};  // of 58.8
  for (std::size_t i = 0; i < 2; ++i) {
    const Query& query = maps.queries[i];
    const Tensor image = subject.pixels()[query.image], map = maps.maps[0][query.image];
    expect_curves(records[i], 0,
                  slow_curve(subject, query, image, 255 - image, sorted_places(map, true), points));
    expect_curves(records[i], 2,
                  slow_curve(subject, query, image, 255 - image, sorted_places(map, false), points));
    EXPECT_EQ(records[i].curves.at(4), std::vector<double>(points.begin(), points.end()));
    EXPECT_EQ(records[i].cost.forwards, 9);  // both orders begin with the image
  }
}

/// A record pays for each image once, as it would alone: what the network really sees.
TEST(PixelCurves, ImagesThatBothOrdersShowArePaidOnce) {
  for (const double share : {0.5, 1.0}) {
    Subject subject = toy_subject(1);
    const auto metric = metric_named("pixel-flipping", {{"steps", 4}, {"share", share}});
    const Explanation maps = signed_explanation(subject, 8);  // predicts the image
    const Record record = observed_by(*metric, subject, maps)[0];
    EXPECT_EQ(record.cost.forwards, share < 1 ? 9 : 8);
    EXPECT_EQ(record.cost.forwards, subject.done().forwards);
    EXPECT_EQ(record.cost.forwards, metric->price(subject.network()).forwards);
    const std::vector<double>&most = record.curves[0], &least = record.curves[2];
    EXPECT_EQ(most.front(), least.front());
    EXPECT_EQ(most.back() == least.back(), share == 1);
  }
}

TEST(PixelCurves, StartAndEndAreImageAndBaseToTheBit) {
  Subject subject = toy_subject(2);
  const Explanation maps = signed_explanation(subject, 9);
  const auto insertion =
      observed_by(*metric_named("insertion", {{"step", 60}, {"base", "zero"}}), subject, maps);
  const auto deletion =
      observed_by(*metric_named("deletion", {{"step", 45}, {"base", "zero"}}), subject, maps);
  const Tensor logits = subject.logits();
  for (std::size_t i = 0; i < 2; ++i) {
    const Query& query = maps.queries[i];
    const double whole = scores_of(logits, Score::probability)[query.image][query.target].item<double>();
    EXPECT_EQ(insertion[i].curves[0].back(), whole);
    EXPECT_EQ(deletion[i].curves[0].front(), whole);
    EXPECT_EQ(insertion[i].curves[0].front(), deletion[i].curves[0].back());
    EXPECT_EQ(insertion[i].curves[1].front(), deletion[i].curves[1].back());
  }
}

/// s_t = s_0 - (sum of the first t contributions), because the base is 0 of the normalised input.
TEST(PixelCurves, DeletionOfALinearNetworkInClosedForm) {
  Subject subject = linear_subject(2);
  const std::vector<Query> queries = test::predictions(subject);
  const Tensor maps = test::contributions(subject.network(), subject.pixels(), queries);
  const Explanation exact{{maps.to(at::kFloat)}, queries};
  const auto records = observed_by(*metric_named("deletion", {{"step", 1}}), subject, exact);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const Tensor falling = std::get<0>(at::sort(maps[row].flatten(), /*dim=*/0, /*descending=*/true));
    const Tensor left = maps[row].sum() - at::cumsum(falling, 0);
    const double bias = subject.network().layers()[1].bias()[queries[i].target].item<double>();
    std::vector<double> wanted{maps[row].sum().item<double>() + bias};
    for (std::int64_t t = 0; t < left.numel(); ++t) wanted.push_back(left[t].item<double>() + bias);
    expect_near(records[i].curves[1], wanted, 1e-4);
    EXPECT_NEAR(records[i].curves[1].back(), bias, 1e-4);
  }
}

TEST(PixelCurves, TiesAreTakenInRowMajorOrder) {
  const Tensor map = at::tensor({2.f, 1.f, 2.f, 1.f, 3.f, 1.f}).view({2, 3});
  const auto places = [&](bool highest) {
    const Tensor order = order_of(map, highest);
    return std::vector<std::int64_t>(order.data_ptr<std::int64_t>(), order.data_ptr<std::int64_t>() + 6);
  };
  EXPECT_EQ(places(true), (std::vector<std::int64_t>{4, 0, 2, 1, 3, 5}));
  EXPECT_EQ(places(false), (std::vector<std::int64_t>{1, 3, 5, 0, 2, 4}));
  Subject subject = toy_subject(1);
  const std::vector<Query> queries{{0, 1}};
  const Explanation constant{{at::full({1, kToySide, kToySide}, 0.5)}, queries};
  const Record record =
      observed_by(*metric_named("deletion", {{"step", 98}, {"base", "zero"}}), subject, constant)[0];
  EXPECT_EQ(record.status, Status::suspect);
  EXPECT_EQ(record.reason, "constant map");
  Tensor lower_half = subject.pixels()[0].clone();
  lower_half.narrow(1, 0, kToySide / 2).zero_();
  EXPECT_NEAR(record.curves[1][1], test::scores_on_whole(subject.network(), lower_half, 1).second, 1e-4);
}

TEST(PixelCurves, WhatHasNoOrderHasAReason) {
  Subject subject = toy_subject(2);
  Explanation maps = signed_explanation(subject, 3);
  const Explanation both{{maps.maps[0], maps.maps[0]}, maps.queries};
  maps.maps[0][1][3][3] = std::nanf("");
  for (const char* name : {"insertion", "deletion", "pixel-flipping"}) {
    const auto metric = metric_named(name);
    const auto records = observed_by(*metric, subject, maps);
    EXPECT_EQ(records[0].status, Status::ok) << name;
    EXPECT_EQ(records[0].curves.size(), metric->curves().size()) << name;
    EXPECT_EQ(records[1].status, Status::failed) << name;
    EXPECT_TRUE(records[1].curves.empty()) << name;
    EXPECT_EQ(observed_by(*metric, subject, both)[0].reason,
              "an intersection of masks has no values to go by");
  }
}

TEST(PixelCurves, BadParametersAreNamed) {
  EXPECT_THROW(metric_named("insertion", {{"step", 0}}), ConfigError);
  EXPECT_THROW(metric_named("deletion", {{"base", "blur"}}), ConfigError);
  EXPECT_THROW(metric_named("pixel-flipping", {{"share", 1.5}}), ConfigError);
  EXPECT_THROW(metric_named("pixel-flipping", {{"steps", 0}}), ConfigError);
  EXPECT_EQ(metric_named("insertion", {{"step", 100}})->price(test::toy_network()).forwards, 3);
  EXPECT_EQ(metric_named("pixel-flipping", {{"steps", 10}})->price(test::toy_network()).forwards, 21);
}

}  // namespace
}  // namespace assay
