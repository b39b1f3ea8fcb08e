#include "methods/view.h"

#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/tensor.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

const View kPlain{.reduce = "sum", .resize = "bicubic"};

Tensor two_channels() {
  return exact({1, -2, 3, 4, -5, 6, 1, 0}, {1, 2, 2, 2});
}  // channels (1 -2 3 4), (-5 6 1 0)

TEST(View, ReducesChannels) {
  const auto seen = [](const char* how) {
    View view = kPlain;
    view.reduce = how;
    return apply_view(view, two_channels(), 2, 2);
  };
  EXPECT_TRUE(at::allclose(seen("sum"), single({0, 1, 1, 1}, {1, 2, 2})));                  // -4 4 4 4
  EXPECT_TRUE(at::allclose(seen("max-abs"), single({2.0 / 3, 1, 0, 1.0 / 3}, {1, 2, 2})));  // 5 6 3 4
  EXPECT_TRUE(at::allclose(seen("sum-abs"), single({0.5, 1, 0, 0}, {1, 2, 2})));            // 6 8 4 4
  EXPECT_TRUE(at::allclose(seen("sum-positive"), single({0, 1, 0.6, 0.6}, {1, 2, 2})));     // 1 6 4 4
  const double a = std::sqrt(26.0), b = std::sqrt(40.0), c = std::sqrt(10.0), d = 4;
  EXPECT_TRUE(at::allclose(seen("l2"), single({(a - c) / (b - c), 1, 0, (d - c) / (b - c)}, {1, 2, 2})));
}

TEST(View, ClampsBeforeOrAfterResizing) {
  const Tensor raw = exact({-1, 0, 1, 3}, {1, 1, 2, 2});
  View view = kPlain;
  EXPECT_TRUE(at::allclose(apply_view(view, raw, 2, 2), single({0, 0.25, 0.5, 1}, {1, 2, 2})));
  view.positive = true;
  EXPECT_TRUE(at::allclose(apply_view(view, raw, 2, 2), single({0, 0, 1.0 / 3, 1}, {1, 2, 2})));
  view = kPlain;
  view.clamp = true;
  EXPECT_TRUE(at::allclose(apply_view(view, raw, 2, 2), single({0, 0, 1.0 / 3, 1}, {1, 2, 2})));

  // A lone peak overshoots below 0 around itself: clamping afterwards makes those pixels 0, all of them.
  const Tensor peak = at::zeros({1, 1, 8, 8}, at::kDouble);
  peak[0][0][4][4] = 1;
  const Tensor overshoot = apply_view(kPlain, peak, 32, 32), clamped = apply_view(view, peak, 32, 32);
  EXPECT_GT(overshoot[0][0][0].item<double>(), 0);  // the zero level lies above the minimum
  EXPECT_EQ(clamped[0][0][0].item<double>(), 0);
  EXPECT_EQ(overshoot.argmax().item<std::int64_t>(), clamped.argmax().item<std::int64_t>());
}

TEST(View, DilatesBeforeResizing) {
  const Tensor peak = at::zeros({1, 1, 5, 5}, at::kDouble);
  peak[0][0][2][1] = 2;
  View view = kPlain;
  view.dilations = 1;
  const Tensor map = apply_view(view, peak, 5, 5);
  EXPECT_EQ(map.sum().item<double>(), 9);
  EXPECT_EQ(map[0][1][0].item<double>(), 1);
  EXPECT_EQ(map[0][0][1].item<double>(), 0);
}

TEST(View, NormalisingFirstChangesWhatTheFinalClampCuts) {
  const Tensor raw = exact({-1, 0, 1, 3}, {1, 1, 2, 2});
  View view = kPlain;
  view.clamp = true;
  view.normalise = true;  // 0 .25 .5 1: nothing left to clamp
  EXPECT_TRUE(at::allclose(apply_view(view, raw, 2, 2), single({0, 0.25, 0.5, 1}, {1, 2, 2})));
}

TEST(View, ScalesEachQueryAloneAndKeepsConstantsAndNaN) {
  Tensor raw = at::zeros({3, 1, 2, 2}, at::kDouble);
  raw[0][0][0][0] = 7;
  raw[1].fill_(3);
  raw[2][0][1][1] = std::numeric_limits<double>::quiet_NaN();
  for (const bool normalise : {false, true}) {
    View view = kPlain;
    view.normalise = normalise;
    const Tensor maps = apply_view(view, raw, 2, 2);
    EXPECT_EQ(maps.scalar_type(), at::kFloat);
    EXPECT_EQ(maps[0].max().item<double>(), 1);
    EXPECT_EQ(maps[1].abs().max().item<double>(), 0);
    EXPECT_TRUE(maps[2].isnan().any().item<bool>());
  }
}

TEST(View, ScaleKeepsTheSignUnlessItIsMinMax) {
  const Tensor raw = exact({-4, 0, 1, 2, 0, 0, 0, 0}, {2, 1, 2, 2});
  View view = kPlain;
  EXPECT_TRUE(view.moves_zero());
  view.scale = "none";
  EXPECT_FALSE(view.moves_zero());
  EXPECT_TRUE(at::equal(apply_view(view, raw, 2, 2), single({-4, 0, 1, 2, 0, 0, 0, 0}, {2, 2, 2})));
  view.scale = "max-abs";
  EXPECT_FALSE(view.moves_zero());
  EXPECT_TRUE(at::equal(apply_view(view, raw, 2, 2), single({-1, 0, 0.25, 0.5, 0, 0, 0, 0}, {2, 2, 2})));
  view.clamp = true;
  EXPECT_TRUE(at::equal(apply_view(view, raw, 2, 2), single({0, 0, 0.5, 1, 0, 0, 0, 0}, {2, 2, 2})));
  view.normalise = true;
  EXPECT_TRUE(view.moves_zero());
}

TEST(View, SmoothsTheSignedMapBeforeItsPositivePart) {
  const Tensor raw = at::zeros({1, 1, 9, 9}, at::kDouble);
  raw[0][0][4][4] = 1;
  raw[0][0][4][5] = -1;
  View view = kPlain;
  view.scale = "none";
  view.smooth = 1.0 / 9;  // one pixel
  const Tensor map = apply_view(view, raw, 9, 9)[0].to(at::kDouble);
  double sum = 0;
  for (int x = -3; x <= 3; ++x) sum += std::exp(-x * x / 2.0);
  const double at_first = (1 - std::exp(-0.5)) / (sum * sum);
  EXPECT_NEAR(map[4][4].item<double>(), at_first, 1e-7);
  EXPECT_NEAR(map[4][5].item<double>(), -at_first, 1e-7);
  view.positive = true;
  EXPECT_TRUE(at::equal(apply_view(view, raw, 9, 9)[0].to(at::kDouble), map.clamp_min(0)));
}

TEST(View, ReadsItsKeysOverTheSuggestion) {
  View suggested;
  suggested.reduce = "max-abs";
  suggested.clamp = true;
  Params params(Json{{"dilations", 5}, {"clamp", false}});
  const View view = read_view(params, suggested);
  params.finish();
  EXPECT_EQ(view.reduce, "max-abs");
  EXPECT_EQ(view.dilations, 5);
  EXPECT_FALSE(view.clamp);
  EXPECT_EQ(params.resolved()["resize"], "bicubic");
  EXPECT_EQ(view.scale, "min-max");
  Params unscaled(Json{{"scale", "none"}}), unknown(Json{{"scale", "z"}});
  EXPECT_EQ(read_view(unscaled, {}).scale, "none");
  EXPECT_THROW(read_view(unknown, {}), ConfigError);
  Params negative(Json{{"dilations", -1}});
  EXPECT_THROW(read_view(negative, {}), ConfigError);
}

}  // namespace
}  // namespace assay::test
