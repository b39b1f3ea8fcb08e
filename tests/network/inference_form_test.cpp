#include "harness/network/inference_form.h"

#include <gtest/gtest.h>

#include "harness/network/load.h"
#include "harness/network/packed_convolution.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay {
namespace {

using test::largest;
using test::normal;

#define ASSAY_NEEDS_ONEDNN() \
  if (convolution_block() == 0) GTEST_SKIP() << "built without oneDNN: nothing is packed"

int count_packed(const Network& network) {
  return static_cast<int>(std::ranges::count_if(network.layers(), [](const Layer& l) { return !!l.packed; }));
}

void expect_same_function(const Network& network, std::uint64_t seed, double tolerance) {
  const Preprocess& p = network.preprocess();
  const Tensor input = normal({3, 3, p.height, p.width}, seed);
  const Tensor expected = network.forward(input), found = network.for_inference().forward(input);
  EXPECT_LE(largest(found - expected), tolerance * largest(expected)) << network.name();
}

/// conv - batch norm - activation on 13x11, behind another convolution that brings 16 channels.
Network one_convolution(const Attributes& a, std::int64_t outputs, bool with_norm, Kind activation) {
  test::Toy toy(13, 11);
  const int stem = toy.conv("stem", 0, 3, 16, 3);
  int last =
      toy.add(Kind::conv, "conv", {stem}, a,
              {normal({outputs, 16 / a.groups, a.kernel[0], a.kernel[1]}, 5) * 0.2, normal({outputs}, 6)});
  if (with_norm) last = toy.batch_norm("norm", last, outputs);
  last = toy.add(activation, "activation", {last}, {.slope = 0.1});
  last = toy.add(Kind::global_max_pool, "pool", {last});
  toy.linear("logits", last, outputs, 4);
  return toy.network("one convolution");
}

TEST(InferenceForm, ConvolutionsEqualPlainOnesInEveryGeometry) {
  const std::vector<Attributes> geometries{{.kernel = {1, 1}},
                                           {.kernel = {3, 3}, .stride = {2, 2}, .pad = {0, 0, 1, 1}},
                                           {.kernel = {3, 2}, .stride = {1, 2}, .pad = {2, 1, 0, 0}},
                                           {.kernel = {3, 3}, .pad = {2, 2, 2, 2}, .dilation = {2, 2}},
                                           {.kernel = {5, 5}, .pad = {2, 2, 2, 2}, .groups = 2},
                                           {.kernel = {3, 3}, .pad = {1, 1, 1, 1}, .groups = 16}};
  for (const Attributes& a : geometries)
    for (const bool with_norm : {false, true})
      for (const Kind kind : {Kind::relu, Kind::relu6, Kind::leaky_relu})
        expect_same_function(one_convolution(a, 16, with_norm, kind), 7, 1e-5);
}

TEST(InferenceForm, AbsorbsNormActivationAndDropout) {
  ASSAY_NEEDS_ONEDNN();
  const Network network = one_convolution({.kernel = {3, 3}}, 16, true, Kind::relu);
  const Network form = network.for_inference();
  EXPECT_EQ(form.size(), network.size() - 2);
  EXPECT_EQ(count_packed(form), 2);
  EXPECT_TRUE(form.contains("conv"));
  EXPECT_FALSE(form.contains("norm"));
  EXPECT_FALSE(form.contains("activation"));
}

TEST(InferenceForm, KeepsWhatOthersReadToo) {
  test::Toy toy(8, 8);
  const int conv = toy.conv("conv", 0, 3, 8, 3);
  const int relu = toy.add(Kind::relu, "relu", {conv});
  const int sum = toy.add(Kind::add, "sum", {conv, relu});
  const int pool = toy.add(Kind::global_avg_pool, "pool", {sum});
  toy.linear("logits", pool, 8, 3);
  const Network network = toy.network("two readers");
  EXPECT_TRUE(network.for_inference().contains("relu"));
  expect_same_function(network, 8, 1e-5);
}

TEST(InferenceForm, ChannelsThatFillNoBlockStayPlain) {
  const Network network = one_convolution({.kernel = {3, 3}}, 12, true, Kind::relu);
  EXPECT_TRUE(network.for_inference().contains("norm"));
  expect_same_function(network, 9, 1e-5);
  for (const bool with_opaque : {false, true}) expect_same_function(test::every_kind(with_opaque), 10, 1e-5);
}

TEST(InferenceForm, AnOutputIsNotAbsorbed) {
  test::Toy toy(4, 4);
  const int conv =
      toy.add(Kind::conv, "conv", {0}, {.kernel = {4, 4}}, {normal({8, 3, 4, 4}, 1), normal({8}, 2)});
  toy.add(Kind::relu, "relu", {conv});
  const Network network = toy.network("all convolution");
  EXPECT_TRUE(network.for_inference().contains("relu"));
  expect_same_function(network, 11, 1e-5);
}

TEST(InferenceForm, WeightsThatAreNotNumbersGiveNoNumbers) {
  const Network network = one_convolution({.kernel = {3, 3}}, 16, false, Kind::relu);
  const int conv = network.find("conv");
  Tensor broken = network.layers()[conv].weight().clone();
  broken[3][2][1][1] = std::nan("");
  const Network bad = network.with_parameters(conv, {broken, network.layers()[conv].bias()});
  EXPECT_TRUE(bad.for_inference().forward(normal({1, 3, 13, 11}, 12)).isnan().any().item<bool>());
}

TEST(InferenceForm, IsMadeOnceAndOnlyForSinglePrecision) {
  const Network network = one_convolution({.kernel = {3, 3}}, 16, true, Kind::relu);
  EXPECT_EQ(network.for_inference().layers().data(), network.for_inference().layers().data());
  EXPECT_EQ(network.to(at::kCPU).for_inference().layers().data(), network.for_inference().layers().data());
  EXPECT_EQ(network.for_inference(Form::plain).layers().data(), network.layers().data());
  EXPECT_EQ(network.for_inference(Form::channels_last).layers().data(), network.layers().data());
  const Network exact = network.to(at::kDouble);
  EXPECT_EQ(exact.for_inference().layers().data(), exact.layers().data());
}

TEST(InferenceForm, BitsDoNotDependOnPlaceOrNumber) {
  const Network network = load_network("builtin:caffenet?seed=1");
  const Tensor images = normal({8, 3, 227, 227}, 13);
  for (const Form name : {Form::packed, Form::plain}) {
    const Network form = network.for_inference(name);
    const Tensor there = form.forward(images), back = form.forward(images.flip(0).contiguous()).flip(0);
    EXPECT_TRUE(at::equal(there, back)) << name_of(name);
    for (const std::int64_t n : {2, 3, 5})
      EXPECT_TRUE(at::equal(form.forward(images.narrow(0, 1, n)), there.narrow(0, 1, n)))
          << name_of(name) << n;
  }
}

/// Splits the channels into two groups and back: its tensor of five dimensions is no blocked map.
class Grouping : public test::Swish {
 public:
  explicit Grouping(bool splits) : splits_(splits) {}
  Tensor run(std::span<const Tensor> inputs) const override {
    const Tensor& x = inputs[0];
    return splits_ ? x.unflatten(1, {2, x.size(1) / 2}) : x.flatten(1, 2);
  }

 private:
  bool splits_;
};

TEST(InferenceForm, TensorsOfFiveDimensionsAreTheirOperatorsOwn) {
  test::Toy toy(6, 5);
  const int conv = toy.conv("conv", 0, 3, 16, 3);
  const int split = toy.opaque("split", conv, std::make_shared<Grouping>(true));
  const int relu = toy.add(Kind::relu, "relu", {split});
  const int joined = toy.opaque("joined", relu, std::make_shared<Grouping>(false));
  const int pool = toy.add(Kind::global_avg_pool, "pool", {joined});
  toy.linear("logits", pool, 16, 3);
  const Network network = toy.network("groups");
  EXPECT_EQ(count_packed(network.for_inference()), 0);
  expect_same_function(network, 15, 0);
}

}  // namespace
}  // namespace assay
