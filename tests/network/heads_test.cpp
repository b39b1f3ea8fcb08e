#include "harness/network/heads.h"

#include <gmock/gmock.h>

#include "harness/network/load.h"
#include "harness/network/propagate.h"
#include "harness/network/state.h"
#include "tests/error_text.h"
#include "tests/network/largest.h"
#include "tests/pack.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::error_text;
using test::largest;
using test::normal;
using test::Toy;
using testing::HasSubstr;

/// conv - relu - max pooling - conv - relu - pooling of the whole 6x6 map - linear, on 12x12 pixels.
Network small(Kind pooling) {
  Toy toy(12, 12);
  const int conv = toy.conv("conv1", 0, 3, 8, 3);
  const int pool = toy.add(Kind::max_pool, "pool1", {toy.add(Kind::relu, "relu1", {conv})},
                           {.kernel = {2, 2}, .stride = {2, 2}});
  const int top = toy.add(Kind::relu, "relu2", {toy.conv("conv2", pool, 8, 8, 3)});
  const Attributes window = pooling == Kind::avg_pool ? Attributes{.kernel = {6, 6}} : Attributes{};
  toy.linear("fc", toy.add(pooling, "pool2", {top}, window), 8, 5);
  return toy.network();
}

/// The cell of n x n on [1,3,H,W].
Tensor cell_of(const Tensor& mosaic, int cell, int n) {
  const std::int64_t side = mosaic.size(2) / n;
  return mosaic.narrow(2, cell / n * side, side).narrow(3, cell % n * side, side).contiguous();
}

TEST(HeadsFull, GiveEachCellsLogitsOneBehindTheOther) {
  for (const int n : {2, 3})
    for (const Kind pooling : {Kind::global_avg_pool, Kind::avg_pool}) {
      const Network network = small(pooling), heads = with_heads(network, Heads::full, n);
      EXPECT_EQ(heads.preprocess().height, 12 * n);
      EXPECT_EQ(heads.outputs(), 5 * n * n);
      const Tensor mosaic = normal({1, 3, 12 * n, 12 * n}, 9);
      std::vector<Tensor> expected;
      for (int cell = 0; cell < n * n; ++cell) expected.push_back(network.forward(cell_of(mosaic, cell, n)));
      const Tensor logits = at::cat(expected, 1);
      EXPECT_LT(largest(heads.forward(mosaic) - logits), 1e-5);
      EXPECT_LT(largest(heads.for_inference().forward(mosaic) - logits), 1e-4);
      EXPECT_LT(largest(exact_activations(heads, mosaic).back() - logits), 1e-5);
    }
}

TEST(HeadsFull, GradientsStayInTheirCellAndAreThoseOfTheCellAlone) {
  const Network network = small(Kind::global_avg_pool), heads = with_heads(network, Heads::full, 3);
  const Tensor mosaic = normal({1, 3, 36, 36}, 4);
  const auto gradient = [](const Network& of, const Tensor& input, std::int64_t output) {
    const std::vector<Tensor> activations = exact_activations(of, input);
    const Tensor seed = at::zeros_like(activations.back());
    seed[0][output] = 1;
    return propagate(of, activations, seed, Rules{}, of.output(), 0);
  };
  for (const int cell : {0, 4, 5, 8}) {
    const Tensor whole = gradient(heads, mosaic, 5 * cell + 2);
    EXPECT_LT(largest(cell_of(whole, cell, 3) - gradient(network, cell_of(mosaic, cell, 3), 2)), 1e-12);
    EXPECT_DOUBLE_EQ(whole.abs().sum().item<double>(), cell_of(whole, cell, 3).abs().sum().item<double>());
    EXPECT_GT(largest(whole), 0);
  }
}

TEST(HeadsFull, ExcitationStaysInItsCellAndIsConserved) {
  const Network network = small(Kind::global_avg_pool), heads = with_heads(network, Heads::full, 2);
  const Tensor mosaic = normal({1, 3, 24, 24}, 4).abs();
  const std::vector<Tensor> activations = exact_activations(heads, mosaic);
  const Tensor seed = at::zeros_like(activations.back());
  seed[0][5 * 3 + 1] = 1;
  const Tensor relevance =
      propagate(heads, activations, seed, excitation_rules(), heads.output(), heads.find("relu1@3"));
  const std::vector<Tensor> alone = exact_activations(network, cell_of(mosaic, 3, 2));
  const Tensor one = at::zeros_like(alone.back());
  one[0][1] = 1;
  const Tensor expected =
      propagate(network, alone, one, excitation_rules(), network.output(), network.find("relu1"));
  EXPECT_LT(largest(relevance - expected), 1e-12);
  EXPECT_GT(largest(expected), 0);
}

TEST(HeadsFull, PerturbationsAreWindowsAsElsewhere) {
  const Network heads = with_heads(small(Kind::global_avg_pool), Heads::full, 2);
  const Tensor mosaic = normal({1, 3, 24, 24}, 4);
  std::vector<Perturbation> perturbations;
  std::vector<Tensor> images;
  for (const std::int64_t at : {0, 3, 10, 11, 19}) {
    perturbations.push_back({.top = at, .left = 20 - at, .pixels = normal({3, 4, 4}, 30 + at)});
    Tensor image = mosaic.clone();
    image[0].narrow(1, at, 4).narrow(2, 20 - at, 4).copy_(perturbations.back().pixels);
    images.push_back(image);
  }
  const Tensor expected = heads.forward(at::cat(images));
  for (const Network& form : {heads, heads.for_inference()})
    EXPECT_LT(largest(State(form, mosaic, 4).predict(perturbations) - expected), 1e-4);
}

TEST(HeadsPart, PoolTheirPartOfOneMap) {
  const Network network = small(Kind::avg_pool), heads = with_heads(network, Heads::part, 2);
  const Tensor mosaic = normal({1, 3, 24, 24}, 6);
  const Tensor map = with_input(network, 24).activations(mosaic)[network.find("relu2")];
  ASSERT_EQ(map.size(2), 12);
  std::vector<Tensor> expected;
  const Layer& fc = network.layers()[network.find("fc")];
  for (int cell = 0; cell < 4; ++cell)
    expected.push_back(at::linear(cell_of(map, cell, 2).mean({2, 3}), fc.weight(), fc.bias()));
  const Tensor logits = at::cat(expected, 1);
  EXPECT_LT(largest(heads.forward(mosaic) - logits), 1e-5);
  EXPECT_LT(largest(heads.for_inference().forward(mosaic) - logits), 1e-4);
  EXPECT_TRUE(heads.contains("conv2"));
  EXPECT_TRUE(heads.contains("fc@3"));
}

TEST(HeadsPart, PartsOfAMapThatDoesNotDivideAreSpreadEvenly) {
  Toy toy(7, 7);  // without padding: 5x5 alone, 12x12 on 14x14 pixels
  const Attributes valid{.kernel = {3, 3}};
  const int conv = toy.add(Kind::conv, "conv", {0}, valid, {normal({4, 3, 3, 3}, 1), normal({4}, 2)});
  toy.linear("fc", toy.add(Kind::global_avg_pool, "pool", {conv}), 4, 3);
  const Network network = toy.network(), heads = with_heads(network, Heads::part, 2);
  const Tensor mosaic = normal({1, 3, 14, 14}, 6);
  const Tensor map = at::conv2d(mosaic, network.layers()[1].weight(), network.layers()[1].bias());
  const Layer& fc = network.layers()[3];
  std::vector<Tensor> expected;
  for (const std::int64_t row : {0, 7})
    for (const std::int64_t column : {0, 7})
      expected.push_back(
          at::linear(map.narrow(2, row, 5).narrow(3, column, 5).mean({2, 3}), fc.weight(), fc.bias()));
  EXPECT_LT(largest(heads.forward(mosaic) - at::cat(expected, 1)), 1e-5);
}

TEST(HeadsPart, NeedAPoolingThatEverythingPasses) {
  Toy flat(4, 4);
  flat.linear("fc", 0, 48, 3);
  EXPECT_EQ(error_text<DataError>([&] { with_heads(flat.network("flat"), Heads::part, 2); }),
            "network 'flat': heads: part needs a global pooling that everything passes");
}

TEST(WithHeads, LayersBehindTheirCutsAreKnown) {
  const Network network = small(Kind::global_avg_pool);
  const auto behind = [](const Network& heads, const char* layer) -> bool {
    return behind_cuts(heads)[static_cast<std::size_t>(heads.find(layer))];
  };
  const Network full = with_heads(network, Heads::full, 2), part = with_heads(network, Heads::part, 2);
  for (const char* layer : {"cell@0", "conv1@0", "relu2@3", "fc@1", "heads"})
    EXPECT_TRUE(behind(full, layer)) << layer;
  EXPECT_FALSE(behind(full, "input"));
  for (const char* layer : {"input", "pool1", "relu2"}) EXPECT_FALSE(behind(part, layer)) << layer;
  for (const char* layer : {"cell@2", "pool2@2", "heads"}) EXPECT_TRUE(behind(part, layer)) << layer;
  for (const Layer& layer : network.layers()) EXPECT_FALSE(is_cut(layer)) << layer.name;
}

TEST(WithHeads, ClassesAreThoseOfEachHead) {
  const Network base = small(Kind::global_avg_pool);
  EXPECT_EQ(with_heads(base, Heads::full, 2).classes()[12], "2@2");
  const Network named("toy", {base.layers().begin(), base.layers().end()}, base.preprocess(),
                      {"n01 tench, Tinca tinca", "n02", "n03", "n04", "n05 ray"});
  const std::vector<std::string> classes = with_heads(named, Heads::part, 2).classes();
  ASSERT_EQ(classes.size(), 20u);
  EXPECT_EQ(classes[0], "n01@0 tench, Tinca tinca");
  EXPECT_EQ(classes[19], "n05@3 ray");
  EXPECT_NE(with_heads(named, Heads::full, 2).hash(), with_heads(named, Heads::part, 2).hash());
}

TEST(WithInput, PoolingsOfTheWholeMapGoOnBeingThat) {
  for (const Kind pooling : {Kind::global_avg_pool, Kind::avg_pool}) {
    const Network network = small(pooling), larger = with_input(network, 20);
    EXPECT_LT(largest(with_input(network, 12).forward(at::ones({1, 3, 12, 12})) -
                      network.forward(at::ones({1, 3, 12, 12}))),
              1e-6);
    const Tensor input = normal({1, 3, 20, 20}, 3);
    const std::vector<Tensor> activations = larger.activations(input);
    const Tensor map = activations[larger.find("relu2")];
    ASSERT_EQ(map.size(2), 10);
    const Layer& fc = larger.layers()[larger.find("fc")];
    EXPECT_LT(largest(activations.back() - at::linear(map.mean({2, 3}), fc.weight(), fc.bias())), 1e-5);
  }
}

TEST(WithInput, LayersThatCannotTakeItAreNamed) {
  Toy flat(4, 4);
  flat.linear("fc", 0, 48, 3);
  EXPECT_EQ(
      error_text<DataError>([&] { with_input(flat.network("flat"), 8); }),
      "network 'flat' does not take inputs of 8 x 8 pixels: layer 'fc' (linear): takes 48 values and would "
      "get 192");
  flat.preprocess().mean_image = at::zeros({3, 4, 4});
  EXPECT_THAT(error_text<DataError>([&] { with_input(flat.network("flat"), 8); }),
              HasSubstr("set mean: value"));
}

TEST(WithHeads, ServeTheNetworksOfThePack) {
  ASSAY_NEEDS_PACK();
  for (const char* name : {"googlenet_bvlc", "squeezenet_v1.1"}) {
    const Network network = load_folder(test::pack() + "/models/" + name);
    const std::int64_t side = 2 * network.preprocess().height;
    const Tensor mosaic = normal({1, 3, side, side}, 2) * 40;
    const Tensor full = with_heads(network, Heads::full, 2).forward(mosaic);
    for (const int cell : {0, 3})
      EXPECT_LT(largest(full.narrow(1, 1000 * cell, 1000) - network.forward(cell_of(mosaic, cell, 2))), 1e-3);
    EXPECT_EQ(with_heads(network, Heads::part, 2).forward(mosaic).size(1), 4000);
    EXPECT_EQ(with_input(network, side).forward(mosaic).size(1), 1000);
  }
}

}  // namespace
}  // namespace assay
