#include "harness/network/summary.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "harness/network/load.h"
#include "harness/network/shapes.h"
#include "tests/network/every_kind.h"
#include "tests/pack.h"

namespace assay {
namespace {

TEST(Summary, CountsByHand) {
  test::Toy toy(8, 6);
  int last = toy.conv("conv", 0, 3, 4, 3, /*stride=*/2);  // [4,4,3]
  last = toy.batch_norm("bn", last, 4);
  last = toy.conv("grouped", last, 4, 6, 1, 1, /*groups=*/2);  // [6,4,3]
  last = toy.linear("fc", last, 72, 5);
  toy.opaque("swish", last, std::make_shared<test::Swish>());
  const std::vector<LayerSummary> rows = summarise(toy.network());
  const auto expect = [&](std::size_t i, std::string_view kind, const Shape& shape, std::int64_t parameters,
                          std::int64_t multiply_adds) {
    EXPECT_EQ(rows[i].kind, kind);
    EXPECT_EQ(rows[i].shape, shape) << rows[i].name;
    EXPECT_EQ(rows[i].parameters, parameters) << rows[i].name;
    EXPECT_EQ(rows[i].multiply_adds, multiply_adds) << rows[i].name;
  };
  ASSERT_EQ(rows.size(), 6u);
  expect(0, "input", {3, 8, 6}, 0, 0);
  expect(1, "conv", {4, 4, 3}, 4 * 27 + 4, 4 * 27 * 12);
  expect(2, "batch_norm", {4, 4, 3}, 16, 0);
  expect(3, "conv", {6, 4, 3}, 6 * 2 + 6, 6 * 2 * 12);
  expect(4, "linear", {5}, 72 * 5 + 5, 72 * 5);
  expect(5, "aten::silu", {5}, 0, 0);
  const std::int64_t one = 4 * 27 * 12 + 6 * 2 * 12 + 72 * 5;
  EXPECT_EQ(multiply_adds(toy.network()), one);
  const Cost cost = cost_of_passes(toy.network(), 3, 2);
  EXPECT_EQ(cost.forwards, 3);
  EXPECT_EQ(cost.backwards, 2);
  EXPECT_EQ(cost.work, (Work{5 * one, 5 * one}));
}

void expect_true_shapes(const Network& network) {
  const std::vector<Shape> shapes = output_shapes(network);
  const auto& p = network.preprocess();
  const std::vector<Tensor> activations = network.activations(at::zeros({1, 3, p.height, p.width}));
  for (int i = 0; i < network.size(); ++i)
    EXPECT_EQ(at::IntArrayRef(shapes[i]), activations[i].sizes().slice(1)) << network.layers()[i].name;
}

TEST(Shapes, AreThoseOfTheActivations) {
  expect_true_shapes(test::every_kind(/*with_opaque=*/true));
}

TEST(Shapes, AreThoseOfTheActivationsOfEveryPackNetwork) {
  ASSAY_NEEDS_PACK();
  for (const auto& folder : std::filesystem::directory_iterator(test::pack() + "/models"))
    expect_true_shapes(load_folder(folder.path().string()));
}

}  // namespace
}  // namespace assay
