#include "harness/train/floor_network.h"

#include <gtest/gtest.h>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/shapes.h"
#include "harness/network/summary.h"
#include "harness/train/initial.h"
#include "tests/error_text.h"

namespace assay {
namespace {

const std::vector<std::string> kFloors{"3rd", "4th", "5th", "6th", "7th", "8th"};

FloorWidths thin() {
  return {.trunk = {.conv = {8, 8, 8, 8, 8}, .fc6 = 16, .fc7 = 16}, .embedding = 10};
}

const LayerOrigin& origin_of(const Initial& initial, std::string_view layer) {
  return *std::ranges::find(initial.origins, layer, &LayerOrigin::layer);
}

TEST(FloorNetwork, HasThePublishedLayers) {
  const Network network = floor_network(floor_widths("full"), kFloors, 1, kPublishedDeviation);
  std::string names;
  for (const Layer& layer : network.layers()) names += layer.name + " ";
  EXPECT_EQ(names,
            "input conv1 relu1 pool1 norm1 conv2 relu2 pool2 norm2 conv3 relu3 conv4 relu4 conv5 relu5 pool5 "
            "fc6 relu6 drop6 fc7 relu7 drop7 fc8_s fc8_s_r drop8 fc9_f ");
  const auto shapes = output_shapes(network);
  EXPECT_EQ(shapes[network.find("pool2")], (Shape{256, 13, 13}));
  EXPECT_EQ(shapes[network.find("fc8_s")], (Shape{1000}));
  EXPECT_EQ(network.outputs(), 6);
  EXPECT_NEAR(network.layers()[network.find("fc8_s")].weight().std().item<double>(), 0.01, 1e-4);
  EXPECT_EQ(network.preprocess().resize, Preprocess::Resize::short_side);
  EXPECT_TRUE(network.preprocess().bgr);
}

TEST(FloorNetwork, SmallIsThin) {
  const Network network = floor_network(floor_widths("small"), kFloors, 1);
  EXPECT_LT(multiply_adds(network), 120'000'000);
  EXPECT_EQ(output_shapes(network)[network.find("pool2")], (Shape{64, 13, 13}));
  EXPECT_EQ(network.hash(), floor_network(floor_widths("small"), kFloors, 1).hash());
  EXPECT_NE(network.hash(), floor_network(floor_widths("small"), kFloors, 2).hash());
}

TEST(FloorNetwork, ListsItsSizes) {
  EXPECT_EQ(test::error_text<ConfigError>([] { floor_widths("big"); }),
            "unknown size 'big'; known: small, full");
}

TEST(InitialNetwork, TakesWhatFitsByNameAndShape) {
  FloorWidths other = thin();
  other.trunk.fc6 = 20;
  const Network drawn = floor_network(thin(), kFloors, 1), given = floor_network(other, {"a", "b"}, 2);
  const Initial initial = initial_network(drawn, given);
  const auto weight = [](const Network& network, const char* layer) {
    return network.layers()[network.find(layer)].weight();
  };
  EXPECT_TRUE(weight(initial.network, "conv5").equal(weight(given, "conv5")));
  EXPECT_TRUE(weight(initial.network, "fc6").equal(weight(drawn, "fc6")));
  EXPECT_TRUE(origin_of(initial, "conv1").given);
  EXPECT_TRUE(origin_of(initial, "fc8_s").given);
  EXPECT_EQ(origin_of(initial, "fc6").why, "[20,288] there, [16,288] here");
  EXPECT_EQ(origin_of(initial, "fc7").why, "[16,20] there, [16,16] here");
  EXPECT_EQ(origin_of(initial, "fc9_f").why, "[2,10] there, [6,10] here");
  EXPECT_FALSE(initial.has_given_trunk());
  EXPECT_EQ(initial.network.classes(), kFloors);
}

TEST(InitialNetwork, KnowsAWholeTrunkAndTakesItsPixels) {
  const Network other = floor_network(thin(), {"a", "b"}, 2);
  Preprocess rgb = other.preprocess();
  rgb.bgr = false;
  rgb.mean = {1, 2, 3};
  rgb.resize = Preprocess::Resize::warp;
  const Initial initial = initial_network(floor_network(thin(), kFloors, 1), other.with_preprocess(rgb));
  EXPECT_TRUE(initial.has_given_trunk());
  EXPECT_FALSE(initial.network.preprocess().bgr);
  EXPECT_EQ(initial.network.preprocess().mean, rgb.mean);
  EXPECT_EQ(initial.network.preprocess().resize, Preprocess::Resize::short_side);
}

TEST(InitialNetwork, SaysWhenNothingFits) {
  EXPECT_EQ(test::error_text<ConfigError>(
                [] { initial_network(floor_network(thin(), kFloors, 1), build_network("resnet50", 1)); }),
            "network 'resnet50': no layer has name and shape of one of network 'floors' (conv1: 1 parameters "
            "there, 2 here)");
}

}  // namespace
}  // namespace assay
