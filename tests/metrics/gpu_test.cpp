#include "tests/gpu.h"

#include <cmath>
#include <map>

#include "methods/map.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/metric.h"
#include "tests/methods/make.h"
#include "tests/metrics/perturbation.h"
#include "tests/metrics/sanity.h"

namespace assay {
namespace {

constexpr std::int64_t kImages = 3;

Tensor map(Subject& subject, const std::string& method, const Json& settings = Json::object()) {
  const auto made = test::make(method, settings);
  return map_of(made->view(), made->attribute(subject, test::predictions(subject)).raw, subject);
}

/// What the first variant sees of the intersection of a map that is made on the CPU (center) and one that is
/// made where the network is (grad).
std::vector<Record> observed(Subject& subject) {
  const Explanation both{{map(subject, "center"), map(subject, "grad")}, test::predictions(subject)};
  for (const Tensor& maps : both.maps) EXPECT_EQ(maps.device(), subject.pixels().device());
  Params none;
  const auto metric = metrics().front().make(none);
  const Json settings = metric->variants().front().settings;
  const Task task{&both, &settings};
  return metric->observe(subject, {&task, 1}, {}).front();
}

TEST(Gpu, MapsOfBothDevicesMeetInOneMask) {
  ASSAY_NEEDS_GPU();
  Subject here = test::toy_subject(kImages), there = test::toy_subject(kImages, 8, test::gpu());
  const std::vector<Record> wanted = observed(here), records = observed(there);
  ASSERT_EQ(records.size(), wanted.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].status, wanted[i].status) << records[i].reason;
    const GainObservation seen = gain_observation(records[i].values),
                          want = gain_observation(wanted[i].values);
    EXPECT_GT(seen.mask_pixels, 0);
    EXPECT_EQ(seen.mask_pixels, want.mask_pixels);
    EXPECT_EQ(seen.target, want.target);
    EXPECT_NEAR(seen.p_full, want.p_full, 1e-4);
    EXPECT_NEAR(seen.p_base, want.p_base, 1e-4);
    EXPECT_NEAR(seen.p_hybrid, want.p_hybrid, 1e-4);
  }
}

TEST(Gpu, OcclusionMapsAreThoseOfTheCpu) {
  ASSAY_NEEDS_GPU();
  Subject here = test::toy_subject(kImages), there = test::toy_subject(kImages, 8, test::gpu());
  const Json settings{{"patch", 4}, {"stride", 2}};
  const Tensor wanted = map(here, "occ", settings), maps = map(there, "occ", settings);
  EXPECT_EQ(wanted.max().item<float>(), 1);
  EXPECT_LE((maps.cpu() - wanted).abs().max().item<double>(), 1e-3);  // of maps in [0,1]
}

/// NaN is equal to NaN.
void expect_close(const std::vector<double>& found, const std::vector<double>& wanted,
                  const std::string& what) {
  ASSERT_EQ(found.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(wanted[i]) && std::isnan(found[i])) continue;
    EXPECT_NEAR(found[i], wanted[i], 1e-3 * std::max(1.0, std::abs(wanted[i]))) << what << ", number " << i;
  }
}

/// Gradient maps, and what a metric of that name sees of them.
std::vector<Record> seen_by(const std::string& name, const Json& settings, Subject& subject) {
  const Explanation gradient = test::explained(subject, test::predictions(subject), test::gradient_maps);
  return test::observed_by(*test::metric_named(name, settings), subject, gradient);
}

TEST(Gpu, WhatPerturbsAndRandomisesSeesTheSame) {
  ASSAY_NEEDS_GPU();
  std::map<std::string, Json> all = test::perturbing();
  all["parameter-randomization"] = {{"cell", 4}};
  all["random-logit"] = {{"cell", 4}};
  for (const auto& [name, settings] : all) {
    Subject here = test::toy_subject(kImages), there = test::toy_subject(kImages, 8, test::gpu());
    const std::vector<Record> wanted = seen_by(name, settings, here), found = seen_by(name, settings, there);
    ASSERT_EQ(found.size(), wanted.size()) << name;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].status, wanted[i].status) << name << ": " << found[i].reason;
      expect_close(found[i].values, wanted[i].values, name);
      ASSERT_EQ(found[i].curves.size(), wanted[i].curves.size()) << name;
      for (std::size_t c = 0; c < found[i].curves.size(); ++c)
        expect_close(found[i].curves[c], wanted[i].curves[c], name + " curve " + std::to_string(c));
    }
  }
}

}  // namespace
}  // namespace assay
