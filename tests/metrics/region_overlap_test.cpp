#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/tensor.h"
#include "metrics/masks.h"
#include "metrics/metric.h"
#include "metrics/region_overlap_scores.h"
#include "tests/metrics/toy.h"

namespace assay {
namespace {

using test::kToySide;
using test::random_tensor;
using test::toy_subject;

std::unique_ptr<Metric> region_overlap(Json values = Json::object()) {
  Params params(std::move(values));
  auto metric = find_entry(metrics(), "region-overlap", params, "metric").make(params);
  params.finish();
  return metric;
}

std::vector<Record> observe(Subject& subject, const Explanation& explanation, const Json& settings,
                            const Truth& truth) {
  const auto metric = region_overlap(settings);
  const Variant variant = metric->variants().front();
  const Task task{&explanation, &variant.settings};
  return metric->observe(subject, {&task, 1}, truth).front();
}

/// A vertical stripe.
Tensor columns(std::int64_t first, std::int64_t last) {
  Tensor region = at::zeros({kToySide, kToySide}, at::kBool);
  region.slice(1, first, last).fill_(true);
  return region;
}

TEST(RegionOverlap, CountsWhatMaskAndObjectShare) {
  Subject subject = toy_subject(3);
  const auto queries = test::predictions(subject);
  const Explanation one{{random_tensor({3, kToySide, kToySide}, 0, 1, 7)}, queries};
  const Explanation pair{{one.maps[0], random_tensor({3, kToySide, kToySide}, 0, 1, 8)}, queries};
  Truth truth;
  for (std::int64_t i = 0; i < 3; ++i) truth.add(queries[static_cast<std::size_t>(i)], columns(i, 2 * i + 3));
  for (const Explanation* explanation : {&one, &pair}) {
    const auto records = observe(subject, *explanation, {{"rho", 0.25}}, truth);
    for (std::int64_t i = 0; i < 3; ++i) {
      const Tensor mask = explanation_mask(*explanation, i, {0.25}, subject.seed(i));
      double size = 0, object = 0, both = 0;
      for (std::int64_t y = 0; y < kToySide; ++y)
        for (std::int64_t x = 0; x < kToySide; ++x) {
          const bool in_mask = mask[y][x].item<bool>(), on_object = x >= i && x < 2 * i + 3;
          size += in_mask, object += on_object, both += in_mask && on_object;
        }
      const Record& record = records[static_cast<std::size_t>(i)];
      EXPECT_EQ(record.status, Status::ok);
      EXPECT_EQ(record.values, (std::vector<double>{size, object, both, kToySide * kToySide}));
      const OverlapObservation seen = overlap_observation(record.values);
      EXPECT_DOUBLE_EQ(share_on_region(seen), both / size);
      EXPECT_DOUBLE_EQ(share_of_region(seen), both / object);
      EXPECT_DOUBLE_EQ(region_area(seen), (static_cast<double>(i) + 3) / kToySide);
    }
  }
}

TEST(RegionOverlap, AMapOfTheObjectHasEverythingOnIt) {
  Subject subject = toy_subject(1);
  const auto queries = test::predictions(subject);
  const Tensor object = columns(4, 7);
  Truth truth;
  truth.add(queries[0], columns(4, 6));
  truth.add(queries[0], columns(5, 7));  // regions of one class add up
  EXPECT_TRUE(truth.region(queries[0]).equal(object));
  const double share = 3.0 / kToySide;
  const Explanation right{{object.to(at::kFloat).unsqueeze(0)}, queries};
  const Explanation wrong{{1 - object.to(at::kFloat).unsqueeze(0)}, queries};
  EXPECT_EQ(share_on_region(overlap_observation(observe(subject, right, {{"rho", share}}, truth)[0].values)),
            1);
  EXPECT_EQ(share_of_region(overlap_observation(observe(subject, right, {{"rho", share}}, truth)[0].values)),
            1);
  EXPECT_EQ(share_on_region(overlap_observation(observe(subject, wrong, {{"rho", share}}, truth)[0].values)),
            0);
  const auto all = overlap_observation(observe(subject, wrong, {{"rho", 1}}, truth)[0].values);
  EXPECT_DOUBLE_EQ(share_on_region(all), region_area(all));
}

TEST(RegionOverlap, WhatCannotBeSaidHasAReason) {
  Subject subject = toy_subject(1);
  const auto queries = test::predictions(subject);
  const Tensor map = random_tensor({1, kToySide, kToySide}, 0, 1, 7);
  Truth other;
  other.add({0, (queries[0].target + 1) % 5}, columns(0, 3));
  const Record unknown = observe(subject, {{map}, queries}, {}, other)[0];
  EXPECT_EQ(unknown.status, Status::skipped);
  EXPECT_EQ(unknown.reason, "no region of the explained class");
  EXPECT_TRUE(std::isnan(unknown.values[2]));
  Truth outside, inside;
  outside.add(queries[0], columns(0, 0));
  inside.add(queries[0], columns(0, 3));
  EXPECT_EQ(observe(subject, {{map}, queries}, {}, outside)[0].reason,
            "the object is outside the network's input, or smaller than its pixels");
  const Explanation nothing{{map, 1 - map}, queries};
  const Record empty = observe(subject, nothing, {{"rho", 0.05}}, inside)[0];
  EXPECT_EQ(empty.status, Status::suspect);
  EXPECT_EQ(empty.reason, "empty mask");
  EXPECT_TRUE(std::isnan(share_on_region(overlap_observation(empty.values))));
  const Explanation broken{{map * std::nanf("")}, queries};
  EXPECT_EQ(observe(subject, broken, {}, inside)[0].status, Status::failed);
}

TEST(RegionOverlap, AVariantIsARho) {
  const auto variants = region_overlap({{"mask", "authors"}})->variants();
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[1].label, "rho=0.05");
  EXPECT_EQ(variants[1].settings.dump(), R"({"mask":"authors","rho":0.05,"ties":"row-major"})");
  EXPECT_THROW(region_overlap({{"rho", 0}}), ConfigError);
  EXPECT_THROW(overlap_observation(std::vector<double>{1, 2, 3}), DataError);
}

}  // namespace
}  // namespace assay
