#include "methods/cam.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "harness/network/heads.h"
#include "harness/network/load.h"
#include "harness/vision/vision.h"
#include "tests/methods/expect.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

/// Logits are a linear layer on the means of a map of six channels, 4x4.
Network pooled_network() {
  Toy toy(8, 8);
  const int low = toy.add(Kind::relu, "low", {toy.conv("stem", 0, 3, 8, 3, 2)});
  const int map = toy.add(Kind::relu, "map", {toy.conv("top", low, 8, 6, 3)});
  const int mean = toy.add(Kind::global_avg_pool, "mean", {map});
  toy.conv("side", low, 8, 2, 1);
  toy.linear("logits", mean, 6, 4);
  return toy.network("pooled");
}

/// L of one query in double, [1,h,w], from the activation and gradient of autograd [C,h,w].
Tensor slow_grad_cam(const Tensor& a, const Tensor& g) {
  Tensor map = at::zeros({1, a.size(1), a.size(2)}, at::kDouble);
  for (std::int64_t k = 0; k < a.size(0); ++k)
    map[0] += a[k] * g[k].sum() / static_cast<double>(a[k].numel());
  return map;
}

Tensor slow_layer_cam(const Tensor& a, const Tensor& g) {
  Tensor map = at::zeros({1, a.size(1), a.size(2)}, at::kDouble);
  for (std::int64_t k = 0; k < a.size(0); ++k)
    for (std::int64_t i = 0; i < a.size(1); ++i)
      for (std::int64_t j = 0; j < a.size(2); ++j)
        map[0][i][j] += std::max(g[k][i][j].item<double>(), 0.0) * a[k][i][j];
  return map;
}

Tensor slow_grad_cam_plus_plus(const Tensor& a, const Tensor& g) {
  Tensor map = at::zeros({1, a.size(1), a.size(2)}, at::kDouble);
  for (std::int64_t k = 0; k < a.size(0); ++k) {
    double weight = 0;
    const double total = a[k].sum().item<double>();
    for (std::int64_t i = 0; i < a.size(1); ++i)
      for (std::int64_t j = 0; j < a.size(2); ++j) {
        const double slope = g[k][i][j].item<double>();
        if (slope > 0)
          weight += slope * std::pow(slope, 2) / (2 * std::pow(slope, 2) + std::pow(slope, 3) * total);
      }
    map[0] += weight * a[k];
  }
  return map;
}

using SlowCam = Tensor (*)(const Tensor& a, const Tensor& g);

void expect_cam(const std::string& name, SlowCam slow, const Network& network, const std::string& layer,
                Score score, double scale = 1, double offset = 0) {
  Subject subject = two_images(network, scale, offset);
  const auto method = make(name, {{"layer", layer}, {"score", name_of(score)}});
  const Tensor raw = method->attribute(subject, kThreeQueries).raw;
  for (std::int64_t q = 0; q < 3; ++q) {
    const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
    const std::vector<Tensor> values = recorded(network, input_of(subject, image));
    const int index = network.find(layer);
    const Tensor activation = values[static_cast<std::size_t>(index)].detach()[0];
    expect_equal_maps(raw[q], slow(activation, recorded_gradient(values, target, index, score)[0]), 1e-9,
                      name + " at " + layer);
  }
}

TEST(Cam, GradCamEqualsAutogradOfEveryKind) {
  for (const bool with_opaque : {false, true})
    for (const char* layer : {"bent", "residual", "lrn", "stem"})
      for (const Score score : {Score::logit, Score::probability})
        expect_cam("grad-cam", slow_grad_cam, every_kind(with_opaque), layer, score);
}

TEST(Cam, LayerCamEqualsTheSlowLoop) {
  for (const char* layer : {"bent", "residual", "lrn"})
    expect_cam("layer-cam", slow_layer_cam, every_kind(false), layer, Score::logit);
}

TEST(Cam, GradCamPlusPlusEqualsTheSlowLoop) {
  for (const char* layer : {"bent", "rest", "relu"})  // not negative: no denominator near 0
    expect_cam("grad-cam-plus-plus", slow_grad_cam_plus_plus, every_kind(false), layer, Score::logit);
}

TEST(Cam, GradCamEqualsAutogradOnANetworkOfThePack) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(pack() + "/models/squeezenet_v1.1");
  expect_cam("grad-cam", slow_grad_cam, network, "fire9/concat", Score::logit, 50, 120);
}

/// Zhou 2016: sum_k W_yk A_k.
TEST(Cam, GradCamOfAPooledNetworkIsItsClassifierOnTheMap) {
  const Network network = pooled_network();
  Subject subject = two_images(network);
  const Tensor raw = make("grad-cam")->attribute(subject, kThreeQueries).raw;
  const Tensor weight = network.layers()[static_cast<std::size_t>(network.find("logits"))].weight();
  for (std::int64_t q = 0; q < 3; ++q) {
    const auto [image, target] = kThreeQueries[static_cast<std::size_t>(q)];
    const Tensor& map = subject.activations(image)[static_cast<std::size_t>(network.find("map"))];
    const Tensor cam = (weight[target].to(at::kDouble).view({6, 1, 1}) * map[0]).sum(0, /*keepdim=*/true);
    expect_equal_maps(16 * raw[q], cam, 1e-12, "CAM");
    const double bias = network.layers().back().bias()[target].item<double>();
    EXPECT_NEAR(raw[q].sum().item<double>(), subject.logits()[image][target].item<double>() - bias, 1e-5);
  }
}

TEST(Cam, IsSignedAndItsViewTakesThePositivePart) {
  Subject subject = two_images(pooled_network());
  const Tensor raw = make("grad-cam")->attribute(subject, kThreeQueries).raw;
  EXPECT_LT(raw.min().item<double>(), 0);
  EXPECT_GT(raw.max().item<double>(), 0);
  for (const char* name : {"grad-cam", "grad-cam-plus-plus", "layer-cam", "score-cam", "ablation-cam"}) {
    const View view = make(name)->view();
    EXPECT_TRUE(view.positive) << name;
    EXPECT_EQ(view.resize, "bilinear") << name;
  }
}

TEST(Cam, WithoutALayerTheLastMapThatFeedsTheLogits) {
  const Network network = pooled_network();
  EXPECT_EQ(map_layer(network, ""), network.find("map"));
  EXPECT_EQ(map_layer(every_kind(false), ""), every_kind(false).find("bent"));
  EXPECT_EQ(map_channels(network, ""), 6);
  Subject subject = two_images(network);
  const Tensor named = make("grad-cam", {{"layer", "map"}})->attribute(subject, kThreeQueries).raw;
  EXPECT_TRUE(at::equal(make("grad-cam")->attribute(subject, kThreeQueries).raw, named));
}

TEST(Cam, SaysWhatCannotBeMapped) {
  const Network network = pooled_network();
  Toy toy(3, 3);
  toy.linear("logits", 0, 27, 4);
  for (const char* name :
       {"grad-cam", "grad-cam-plus-plus", "layer-cam", "guided-grad-cam", "score-cam", "ablation-cam"}) {
    const auto problem = [&](const char* layer) {
      return make(name, {{"layer", layer}})->unsupported(network).value_or("");
    };
    EXPECT_EQ(problem("logits"), "the output of layer 'logits' has no rows and columns; choose one below it")
        << name;
    EXPECT_EQ(problem("side"), "layer 'side' does not feed the logits; choose another one") << name;
    EXPECT_THAT(problem("mapp"), HasSubstr("has no layer 'mapp'; near: map")) << name;
    EXPECT_EQ(problem("map"), "") << name;
    EXPECT_EQ(make(name)->unsupported(network), std::nullopt) << name;
    EXPECT_EQ(make(name)->unsupported(toy.network()), "no layer's output has rows and columns") << name;
    EXPECT_EQ(make(name)->layer_keys(), (std::vector<std::string>{"layer"})) << name;
  }
  EXPECT_THROW(map_layer(network, "side"), ConfigError);
}

/// Mosaics of 2 x 2 in front of a network whose last map is "top".
Network network_with_heads(Heads heads) {
  Toy toy(8, 8);
  const int top = toy.add(Kind::relu, "top", {toy.conv("conv", 0, 3, 6, 3, 2)});
  toy.linear("fc", toy.add(Kind::global_avg_pool, "mean", {top}), 6, 4);
  return with_heads(toy.network(), heads, 2);
}

const std::string kOneCell =
    " sees one cell of the mosaic; choose a layer before the heads, or use heads: part";

TEST(CamOfAMosaic, RefusesMapsOfOneCell) {
  const Network full = network_with_heads(Heads::full), part = network_with_heads(Heads::part);
  for (const char* name : {"grad-cam", "grad-cam-plus-plus", "layer-cam", "guided-grad-cam", "score-cam",
                           "ablation-cam", "mwp"}) {
    const auto problem = [&](const Network& network, const char* layer) {
      return make(name, {{"layer", layer}})->unsupported(network).value_or("");
    };
    EXPECT_EQ(problem(full, "top@3"), "layer 'top@3'" + kOneCell) << name;
    EXPECT_EQ(problem(part, "mean@1"), "layer 'mean@1'" + kOneCell) << name;
    EXPECT_EQ(problem(part, "top"), "") << name;
    if (name == std::string("mwp")) continue;
    EXPECT_EQ(problem(full, ""), "layer 'top@3'" + kOneCell) << name;
    EXPECT_EQ(problem(part, ""), "") << name;
  }
}

TEST(CamOfAMosaic, TakesTheMapBeforeTheHeads) {
  const Network network = network_with_heads(Heads::part);
  EXPECT_EQ(map_layer(network, ""), network.find("top"));
  Subject subject = two_images(network);
  const std::vector<Query> query{{0, 4 * 3 + 1}};  // class 1 of the lower right cell
  const Tensor raw = make("grad-cam")->attribute(subject, query).raw;
  ASSERT_EQ(raw.sizes(), (std::vector<std::int64_t>{1, 1, 8, 8}));
  const std::vector<Tensor> values = recorded(network, input_of(subject, 0));
  const int top = network.find("top");
  const Tensor activation = values[static_cast<std::size_t>(top)].detach()[0];
  expect_equal_maps(raw[0], slow_grad_cam(activation, recorded_gradient(values, 13, top)[0]), 1e-9, "part");
}

TEST(CamPlusPlus, NotesMapsThatMayBeNegative) {
  const Network network = pooled_network();
  EXPECT_EQ(make("grad-cam-plus-plus", {{"layer", "map"}})->note(network), "");
  EXPECT_EQ(make("grad-cam-plus-plus", {{"layer", "top"}})->note(network), "map may be negative");
  EXPECT_EQ(make("grad-cam", {{"layer", "top"}})->note(network), "");
}

TEST(GuidedGradCam, IsTheProductOfItsParts) {
  const Network network = every_kind(false);
  Subject subject = two_images(network);
  const Tensor guided = make("guided-backprop")->attribute(subject, kThreeQueries).raw;
  const Tensor map = make("grad-cam", {{"layer", "residual"}})->attribute(subject, kThreeQueries).raw;
  ASSERT_LT(map.min().item<double>(), 0);
  const auto raw = [&](bool relu) {
    return make("guided-grad-cam", {{"layer", "residual"}, {"relu", relu}})
        ->attribute(subject, kThreeQueries)
        .raw;
  };
  expect_equal_maps(raw(true), guided * resize_bilinear(map.clamp_min(0), 12, 12), 1e-12, "positive");
  expect_equal_maps(raw(false), guided * resize_bilinear(map, 12, 12), 1e-12, "signed");
}

TEST(Cam, CostsAreWhatTheySay) {
  for (const char* name : {"grad-cam", "grad-cam-plus-plus", "layer-cam", "guided-grad-cam"})
    for (const char* layer : {"", "residual"}) expect_honest(name, {{"layer", layer}}, every_kind(false));
  EXPECT_EQ(make("guided-grad-cam")->price(every_kind(false)).backwards, 2);
}

}  // namespace
}  // namespace assay::test
