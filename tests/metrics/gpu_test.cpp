#include "tests/gpu.h"

#include "methods/map.h"
#include "metrics/confidence_gain_scores.h"
#include "metrics/metric.h"
#include "tests/methods/make.h"
#include "tests/metrics/toy.h"

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

}  // namespace
}  // namespace assay
