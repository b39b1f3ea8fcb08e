#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/tensor.h"
#include "metrics/localisation_scores.h"
#include "metrics/metric.h"
#include "tests/metrics/toy.h"

namespace assay {
namespace {

using test::kToySide;
using test::random_tensor;
using test::toy_subject;

std::unique_ptr<Metric> localisation() {
  Params params;
  auto metric = find_entry(metrics(), "localisation", params, "metric").make(params);
  params.finish();
  return metric;
}

std::vector<Record> located(Subject& subject, const Explanation& explanation, const Truth& truth) {
  const auto metric = localisation();
  const Variant variant = metric->variants().front();
  const Task task{&explanation, &variant.settings};
  return metric->observe(subject, {&task, 1}, truth).front();
}

/// Cell `place` of a 2x2 grid, row-major.
Tensor quarter(std::int64_t place) {
  constexpr std::int64_t kHalf = kToySide / 2;
  const Tensor cell = at::zeros({kToySide, kToySide}, at::kBool);
  const std::int64_t y = place / 2 * kHalf, x = place % 2 * kHalf;
  cell.slice(0, y, y + kHalf).slice(1, x, x + kHalf).fill_(true);
  return cell;
}

LocalisationScores scores_in(const Record& record) {
  return localisation_scores(localisation_observation(record.values), {});
}

/// The scores of a map of image 0 on a cell.
LocalisationScores scores_on(Subject& subject, const Tensor& map, std::int64_t cell) {
  const std::vector<Query> queries{{0, 1}};
  Truth truth;
  truth.add(queries[0], quarter(cell));
  return scores_in(located(subject, {{map.unsqueeze(0)}, queries}, truth)[0]);
}

TEST(Localisation, EqualsALoopOverThePixels) {
  Subject subject = toy_subject(3);
  const auto queries = test::predictions(subject);
  const Explanation signed_maps{{random_tensor({3, kToySide, kToySide}, -1, 1, 7)}, queries};
  Truth truth;
  for (std::int64_t i = 0; i < 3; ++i) truth.add(queries[static_cast<std::size_t>(i)], quarter(i));
  const auto records = located(subject, signed_maps, truth);
  for (std::int64_t i = 0; i < 3; ++i) {
    double inside = 0, positive = 0, pixels_inside = 0, positive_pixels = 0, object = 0;
    for (std::int64_t y = 0; y < kToySide; ++y)
      for (std::int64_t x = 0; x < kToySide; ++x) {
        const double value = signed_maps.maps[0][i][y][x].item<double>();
        const bool in_cell = quarter(i)[y][x].item<bool>();
        object += in_cell;
        if (value <= 0) continue;
        positive += value, positive_pixels += 1;
        if (in_cell) inside += value, pixels_inside += 1;
      }
    const Record& record = records[static_cast<std::size_t>(i)];
    EXPECT_EQ(record.status, Status::ok);
    const LocalisationObservation seen = localisation_observation(record.values);
    EXPECT_NEAR(seen.positive_inside, inside, 1e-12);
    EXPECT_NEAR(seen.positive, positive, 1e-12);
    EXPECT_EQ(seen.pixels_inside, pixels_inside);
    EXPECT_EQ(seen.positive_pixels, positive_pixels);
    EXPECT_EQ(seen.region_pixels, object);
    EXPECT_EQ(seen.pixels, kToySide * kToySide);
    const LocalisationScores scores = scores_in(record);
    EXPECT_NEAR(scores.attribution, inside / positive, 1e-12);
    EXPECT_DOUBLE_EQ(scores.precision, pixels_inside / positive_pixels);
    EXPECT_DOUBLE_EQ(scores.recall, pixels_inside / object);
    EXPECT_NEAR(scores.f1, 2 / (1 / scores.precision + 1 / scores.recall), 1e-12);
    EXPECT_DOUBLE_EQ(scores.iou, pixels_inside / (positive_pixels + object - pixels_inside));
  }
}

// papers.md 1.4: precision 0.25, recall 1, F1 0.40, IoU 0.25.
TEST(Localisation, AMapThatIsPositiveEverywhereOnAQuarter) {
  Subject subject = toy_subject(1);
  const LocalisationScores uniform = scores_on(subject, at::full({kToySide, kToySide}, 0.5), 2);
  EXPECT_DOUBLE_EQ(uniform.attribution, 0.25);
  EXPECT_DOUBLE_EQ(uniform.precision, 0.25);
  EXPECT_DOUBLE_EQ(uniform.recall, 1);
  EXPECT_DOUBLE_EQ(uniform.f1, 0.4);
  EXPECT_DOUBLE_EQ(uniform.iou, 0.25);
  const LocalisationScores chance = uniform_scores(0.25);
  EXPECT_DOUBLE_EQ(chance.attribution, uniform.attribution);
  EXPECT_DOUBLE_EQ(chance.precision, uniform.precision);
  EXPECT_DOUBLE_EQ(chance.recall, uniform.recall);
  EXPECT_DOUBLE_EQ(chance.f1, uniform.f1);
  EXPECT_DOUBLE_EQ(chance.iou, uniform.iou);
}

TEST(Localisation, EverythingInTheCellOrNothing) {
  Subject subject = toy_subject(1);
  const Tensor map = at::where(quarter(3), 2.0f, -1.0f).to(at::kFloat);
  const LocalisationScores in = scores_on(subject, map, 3), out = scores_on(subject, map, 0);
  for (const double score : {in.attribution, in.precision, in.recall, in.f1, in.iou}) EXPECT_EQ(score, 1);
  for (const double score : {out.attribution, out.precision, out.recall, out.f1, out.iou})
    EXPECT_EQ(score, 0);
}

TEST(Localisation, SharesOfTheCellsSumToOne) {
  Subject subject = toy_subject(1);
  const Tensor map = random_tensor({kToySide, kToySide}, -1, 1, 9);
  double sum = 0;
  for (std::int64_t cell = 0; cell < 4; ++cell) sum += scores_on(subject, map, cell).attribution;
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(Localisation, WhatCannotBeSaidHasAReason) {
  Subject subject = toy_subject(1);
  const std::vector<Query> queries{{0, 1}};
  const Tensor map = random_tensor({1, kToySide, kToySide}, 0, 1, 7);
  Truth nothing, outside, inside, failed;
  outside.add(queries[0], at::zeros({kToySide, kToySide}, at::kBool));
  inside.add(queries[0], quarter(0));
  failed.fail(queries[0], "mask: damaged");
  const Record unknown = located(subject, {{map}, queries}, nothing)[0];
  EXPECT_EQ(unknown.status, Status::skipped);
  EXPECT_EQ(unknown.reason, "no region of the explained class");
  EXPECT_TRUE(std::isnan(unknown.values[0]));
  EXPECT_EQ(located(subject, {{map}, queries}, outside)[0].reason,
            "the region is outside the network's input, or smaller than its pixels");
  EXPECT_EQ(located(subject, {{map}, queries}, failed)[0].reason, "mask: damaged");
  EXPECT_EQ(located(subject, {{map, map}, queries}, inside)[0].status, Status::skipped);
  EXPECT_EQ(located(subject, {{map * std::nanf("")}, queries}, inside)[0].status, Status::failed);
  const Record negative = located(subject, {{-map}, queries}, inside)[0];
  EXPECT_EQ(negative.status, Status::suspect);
  EXPECT_EQ(negative.reason, "no positive value");
  EXPECT_EQ(scores_in(negative).attribution, 0);
}

TEST(Localisation, CostsNothingAndReadsTheSign) {
  const auto metric = localisation();
  EXPECT_EQ(metric->price(test::toy_network()).forwards, 0);
  EXPECT_TRUE(metric->reads_sign());
  ASSERT_EQ(metric->variants().size(), 1u);
  EXPECT_EQ(metric->variants()[0].settings.dump(), "{}");
}

}  // namespace
}  // namespace assay
