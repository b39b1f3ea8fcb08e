#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/shapes.h"
#include "harness/network/summary.h"
#include "tests/error_text.h"

namespace assay {
namespace {

std::int64_t parameters(const Network& network) {
  std::int64_t count = 0;
  for (const LayerSummary& row : summarise(network)) count += row.parameters;
  return count;
}

Shape shape_of(const Network& network, std::string_view layer) {
  return output_shapes(network)[network.find(layer)];
}

TEST(Caffenet, HasThePapersShapes) {
  const Network network = build_network("caffenet", 1);
  EXPECT_EQ(shape_of(network, "conv1"), (Shape{96, 55, 55}));
  EXPECT_EQ(shape_of(network, "pool1"), (Shape{96, 27, 27}));
  EXPECT_EQ(shape_of(network, "norm2"), (Shape{256, 13, 13}));
  EXPECT_EQ(shape_of(network, "pool5"), (Shape{256, 6, 6}));
  EXPECT_EQ(network.layers()[network.find("conv4")].attributes.groups, 2);
  EXPECT_EQ(parameters(network), 60965224);  // bvlc_reference_caffenet.caffemodel
  EXPECT_EQ(multiply_adds(network),
            724406816);  // 105415200 + 223948800 + 149520384 + 112140288 + 74760192 + 58621952
  EXPECT_TRUE(network.preprocess().bgr);
  EXPECT_EQ(network.forward(at::zeros({2, 3, 227, 227})).sizes(), at::IntArrayRef({2, 1000}));
}

TEST(Vgg16, HasItsPublishedSize) {
  const Network network = build_network("vgg16", 1);
  EXPECT_EQ(shape_of(network, "pool5"), (Shape{512, 7, 7}));
  EXPECT_EQ(parameters(network), 138357544);
  EXPECT_EQ(multiply_adds(network), 15470264320);
}

TEST(Resnet50, HasItsPublishedSizeAndEveryBatchNorm) {
  const Network network = build_network("resnet50", 1);
  const auto count = [&](Kind kind) { return std::ranges::count(network.layers(), kind, &Layer::kind); };
  EXPECT_EQ(count(Kind::batch_norm), 53);
  EXPECT_EQ(count(Kind::conv), 53);
  EXPECT_EQ(count(Kind::add), 16);
  EXPECT_EQ(parameters(network),
            25557032 + 2 * 26560);  // torchvision's count has no running means and variances
  EXPECT_EQ(multiply_adds(network), 4089184256);
  EXPECT_EQ(shape_of(network, "layer4.2.relu3"), (Shape{2048, 7, 7}));
  EXPECT_EQ(network.layers()[network.find("layer2.0.conv2")].attributes.stride[0], 2);
  EXPECT_EQ(network.layers()[network.find("layer2.0.conv1")].attributes.stride[0], 1);
}

TEST(Builders, DrawTheWeightsFromTheSeed) {
  const Network network = load_network("builtin:resnet50?seed=7");
  EXPECT_EQ(network.hash(), build_network("resnet50", 7).hash());
  EXPECT_NE(network.hash(), build_network("resnet50", 8).hash());
  EXPECT_EQ(load_network("builtin:resnet50").hash(), build_network("resnet50", 0).hash());
}

TEST(Builders, WeightsAreHeNormal) {
  const Network network = build_network("resnet50", 3);
  const Tensor weight = network.layers()[network.find("layer4.0.conv2")].weight().to(at::kDouble);
  const double expected = std::sqrt(2.0 / (512 * 9));
  EXPECT_NEAR(weight.std().item<double>() / expected, 1, 0.005);
  EXPECT_NEAR(weight.mean().item<double>() / expected, 0, 0.005);
}

TEST(Builders, TheNullNetworkIsOneCheapLayer) {
  const Network network = load_network("builtin:null");
  EXPECT_EQ(multiply_adds(network), 3 * 8 * 8 * 2);
  EXPECT_EQ(network.outputs(), 2);
  EXPECT_EQ(network.forward(at::zeros({5, 3, 8, 8})).sizes(), at::IntArrayRef({5, 2}));
}

TEST(Builders, ListTheNamesTheyKnow) {
  EXPECT_EQ(test::error_text<ConfigError>([] { load_network("builtin:vgg19?seed=1"); }),
            "unknown built-in network 'vgg19'; known: vgg16, null, caffenet, resnet50");
}

}  // namespace
}  // namespace assay
