#include <gtest/gtest.h>

#include <algorithm>

#include "harness/core/seed.h"
#include "harness/network/load.h"
#include "harness/network/state.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"
#include "tests/network/pack_network.h"

namespace assay {
namespace {

using test::kPackNetworks;
using test::largest;
using test::name_of_pack_test;
using test::normal;
using test::PackReference;

struct Rectangle {
  std::int64_t top, left, height, width;
};

/// Noise on each rectangle; `masked`: on about half of its pixels.
std::vector<Perturbation> noise_on(const std::vector<Rectangle>& rectangles, bool masked,
                                   at::ScalarType type = at::kFloat) {
  std::vector<Perturbation> result;
  for (std::uint64_t seed = 1; const auto& [top, left, height, width] : rectangles) {
    Perturbation p{.top = top, .left = left, .pixels = normal({3, height, width}, seed++).to(type) * 2};
    if (masked) p.mask = normal({height, width}, seed++) > 0;
    result.push_back(std::move(p));
  }
  return result;
}

/// The image with a perturbation on it, pixel by pixel.
Tensor pasted(const Tensor& input, const Perturbation& p) {
  Tensor image = input.clone();
  for (std::int64_t i = 0; i < p.height(); ++i)
    for (std::int64_t j = 0; j < p.width(); ++j) {
      const std::int64_t row = p.top + i, column = p.left + j;
      const bool inside = row >= 0 && row < image.size(2) && column >= 0 && column < image.size(3);
      if (inside && (!p.mask.defined() || p.mask[i][j].item<bool>()))
        image[0].select(1, row).select(1, column).copy_(p.pixels.select(1, i).select(1, j));
    }
  return image;
}

Tensor predicted_in_full(const Network& network, const Tensor& input,
                         const std::vector<Perturbation>& perturbations) {
  std::vector<Tensor> images;
  for (const Perturbation& p : perturbations) images.push_back(pasted(input, p));
  return network.forward(at::cat(images));
}

void expect_equal_to_full(const Network& network, const Tensor& input,
                          const std::vector<Perturbation>& perturbations, double tolerance) {
  const Tensor expected = predicted_in_full(network, input, perturbations);
  for (const Network& form : {network, network.for_inference()}) {
    const Tensor found = State(form, input, 4).predict(perturbations);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_LE(largest(found - expected), tolerance * largest(expected)) << network.name();
  }
}

/// Of a 12x12 image: corners, borders, middle, one pixel, whole, hanging over the edge; several of a size.
const std::vector<Rectangle> kRectangles{{0, 0, 3, 3},  {9, 9, 3, 3},    {0, 9, 3, 3},   {4, 4, 3, 3},
                                         {5, 0, 3, 3},  {-2, 7, 3, 3},   {11, -1, 3, 3}, {0, 0, 1, 1},
                                         {6, 5, 1, 1},  {11, 11, 1, 1},  {0, 0, 12, 12}, {2, 0, 2, 12},
                                         {0, 3, 12, 1}, {-1, -1, 14, 14}};

TEST(Incremental, EveryKindEqualsFullInference) {
  for (const bool with_opaque : {false, true}) {
    const Network network = test::every_kind(with_opaque);
    const Tensor input = normal({1, 3, 12, 12}, 50);
    for (const bool masked : {false, true})
      expect_equal_to_full(network, input, noise_on(kRectangles, masked), 2e-6);
  }
}

/// The path of other types and devices; in double there is no rounding to hide behind.
TEST(Incremental, EveryKindEqualsFullInferenceInDouble) {
  const Network network = test::every_kind(/*with_opaque=*/true).to(at::kDouble);
  const Tensor input = normal({1, 3, 12, 12}, 51).to(at::kDouble);
  expect_equal_to_full(network, input, noise_on(kRectangles, false, at::kDouble), 1e-14);
}

std::int64_t one_of(Random& random, std::vector<std::int64_t> values) {
  return values[static_cast<std::size_t>(random.uniform() * static_cast<double>(values.size()))];
}

Attributes random_window(Random& random, std::int64_t stride, bool pools) {
  Attributes a{.stride = {stride, stride}, .ceil_mode = pools && random.uniform() < 0.5};
  for (int side = 0; side < 2; ++side) {
    a.kernel[side] = one_of(random, {1, 2, 3, 5});
    a.pad[side] = one_of(random, {0, a.kernel[side] / 2});
    a.pad[side + 2] = one_of(random, {0, a.kernel[side] / 2});
  }
  a.count_include_pad = random.uniform() < 0.5;
  return a;
}

/// A branch that keeps the size and the number of channels.
int random_branch(test::Toy& toy, const std::string& name, int input, std::int64_t channels, Random& random) {
  const std::int64_t kernel = one_of(random, {1, 3, 5});
  const int conv = toy.conv(name + " conv", input, channels, channels, kernel);
  const std::int64_t pad = one_of(random, {0, 1, 2});  // before; 2 - pad behind
  const Attributes same{.kernel = {3, 3}, .pad = {pad, 2 - pad, 2 - pad, pad}};
  const Kind kind = random.uniform() < 0.5 ? Kind::max_pool : Kind::avg_pool;
  return toy.add(kind, name + " pool", {conv}, same);
}

/// Two to four stages on a 23x19 image: a window layer, branches that are joined, something element-wise.
Network random_network(std::uint64_t seed) {
  Random random(seed);
  test::Toy toy(23, 19);
  std::int64_t channels = std::int64_t{4} << seed % 3;  // 8 and 16 fill blocks
  int last = toy.conv("stem", 0, 3, channels, 3);
  for (std::int64_t stage = 0, stages = one_of(random, {2, 3, 4}); stage < stages; ++stage) {
    const std::string name = "stage " + std::to_string(stage);
    const Kind pool = random.uniform() < 0.5 ? Kind::max_pool : Kind::avg_pool;
    last = toy.add(pool, name + " pool", {last}, random_window(random, one_of(random, {1, 2}), true));
    std::vector<int> branches{last};
    for (std::int64_t i = 0, n = one_of(random, {1, 2}); i < n; ++i)
      branches.push_back(random_branch(toy, name + " branch " + std::to_string(i), last, channels, random));
    const bool adds = random.uniform() < 0.5;
    if (!adds) channels *= static_cast<std::int64_t>(branches.size());
    last = toy.add(adds ? Kind::add : Kind::concat, name + " joined", branches);
    last = toy.add(Kind::lrn, name + " lrn", {last}, {.size = 3, .alpha = 0.1, .beta = 0.75, .k = 1});
  }
  last = toy.add(Kind::global_avg_pool, "pooled", {last});
  toy.linear("logits", last, channels, 6);
  return toy.network("random " + std::to_string(seed));
}

TEST(Incremental, RandomGraphsEqualFullInference) {
  const std::vector<Rectangle> rectangles{{0, 0, 2, 2},   {21, 17, 2, 2}, {10, 9, 2, 2}, {-1, 18, 2, 2},
                                          {22, 4, 1, 5},  {7, 14, 1, 5},  {0, 0, 9, 7},  {14, 12, 9, 7},
                                          {10, 11, 1, 1}, {0, 18, 1, 1}};
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    expect_equal_to_full(random_network(seed), normal({1, 3, 23, 19}, 100 + seed),
                         noise_on(rectangles, seed % 2 == 0), 1e-5);
}

TEST(Incremental, StepsThatStayEqualFullInference) {
  const Network network = test::every_kind(/*with_opaque=*/true);
  Tensor image = normal({1, 3, 12, 12}, 52);
  const Tensor before = image.clone();
  State state(network, image, 3);
  Random random(1);
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Perturbation p{.top = one_of(random, {-1, 0, 3, 5, 8, 10}),
                         .left = one_of(random, {-1, 0, 2, 6, 10}),
                         .pixels = normal({3, 3, 2}, 60 + step),
                         .mask = step % 2 ? normal({3, 2}, 70 + step) > 0 : Tensor()};
    EXPECT_TRUE(at::equal(image, before) == (step == 0));  // the caller's tensor is left alone
    image = pasted(image, p);
    state.advance({&p, 1});
  }
  const std::vector<Tensor> expected = network.activations(image);
  for (int layer = 0; layer < network.size(); ++layer)
    EXPECT_LE(largest(state.activations()[layer] - expected[layer]), 1e-5) << network.layers()[layer].name;
  const auto perturbations = noise_on(kRectangles, false);
  EXPECT_LE(largest(state.predict(perturbations) - predicted_in_full(network, image, perturbations)), 1e-5);
}

TEST(Incremental, TwinsGoTheirOwnWays) {
  for (const bool with_opaque : {false, true}) {
    const Network network = test::every_kind(with_opaque);
    const Tensor image = normal({1, 3, 12, 12}, 52);
    const State one(network, image, 2);
    State twins = one.twins(3);
    std::vector<Tensor> images(3, image);
    for (std::uint64_t step = 0; step < 6; ++step) {
      const std::int64_t top = 2 * static_cast<std::int64_t>(step) - 1, left = 10 - top;
      std::vector<Perturbation> each;
      for (std::uint64_t twin = 0; twin < 3; ++twin)
        each.push_back({.top = top, .left = left, .pixels = normal({3, 3, 2}, 60 + 10 * twin + step)});
      for (std::size_t twin = 0; twin < 3; ++twin) images[twin] = pasted(images[twin], each[twin]);
      twins.advance(each);
    }
    const std::vector<Tensor> expected = network.activations(at::cat(images));
    for (int layer = 0; layer < network.size(); ++layer)
      EXPECT_LE(largest(twins.activations()[layer] - expected[layer]), 1e-5) << network.layers()[layer].name;
    EXPECT_TRUE(at::equal(one.activations()[0], image));
  }
}

TEST(Incremental, BitsDoNotDependOnWhoSharesTheCall) {
  const Network network = test::every_kind(/*with_opaque=*/false);
  const State state(network, normal({1, 3, 12, 12}, 53), 4);
  auto perturbations = noise_on(kRectangles, false);
  const Tensor together = state.predict(perturbations);
  for (std::size_t i = 0; i < perturbations.size(); ++i)
    EXPECT_TRUE(at::equal(state.predict({&perturbations[i], 1})[0], together[static_cast<std::int64_t>(i)]));
  std::ranges::reverse(perturbations);
  EXPECT_TRUE(at::equal(state.predict(perturbations).flip(0), together));
}

TEST(Incremental, NothingAskedGivesNoRows) {
  const State state(test::every_kind(false), normal({1, 3, 12, 12}, 54), 4);
  EXPECT_EQ(state.predict({}).sizes(), (at::IntArrayRef{0, 5}));
  EXPECT_EQ(state.price({}).asked, 0);
}

TEST(Incremental, PriceIsTheSumOfItsParts) {
  const State state(test::every_kind(false), normal({1, 3, 12, 12}, 55), 4);
  const auto perturbations = noise_on({{0, 0, 1, 1}, {3, 3, 1, 1}, {0, 0, 12, 12}}, false);
  const auto price = [&](int i) { return state.price({&perturbations[i], 1}); };
  const Work corner = price(0), inside = price(1), whole = price(2), all = state.price(perturbations);
  EXPECT_EQ(whole.done, whole.asked);
  EXPECT_LT(inside.done, inside.asked);
  EXPECT_LT(corner.done, inside.done);
  EXPECT_EQ(all.done, corner.done + inside.done + whole.done);
  EXPECT_EQ(all.asked, 3 * whole.asked);
}

/// Probabilities of patches of 10, 50 and 100 pixels in the corners and the middle.
void expect_probabilities_of_full(const Network& network, const Tensor& input) {
  std::vector<Rectangle> rectangles;
  const std::int64_t height = input.size(2), width = input.size(3);
  for (const std::int64_t size : {10, 50, 100}) {
    if (size > std::min(height, width)) continue;
    const std::int64_t bottom = height - size, right = width - size;
    for (const auto& [top, left] :
         {std::pair{std::int64_t{0}, std::int64_t{0}}, {bottom, right}, {bottom / 2 + 1, right / 2}})
      rectangles.push_back({top, left, size, size});
  }
  const auto perturbations = noise_on(rectangles, false);
  const Tensor expected = predicted_in_full(network, input, perturbations).softmax(1);
  for (const Network& form : {network, network.for_inference()})
    EXPECT_LE(largest(State(form, input, 3).predict(perturbations).softmax(1) - expected), 1e-5);
  EXPECT_GT(largest(expected - expected[0]), 1e-5);  // the patches do matter
}

class IncrementalPack : public testing::TestWithParam<const char*> {};

TEST_P(IncrementalPack, ProbabilitiesEqualFullInference) {
  ASSAY_NEEDS_PACK();
  const PackReference reference(GetParam());
  expect_probabilities_of_full(reference.network, reference.input.narrow(0, 0, 1));
}

INSTANTIATE_TEST_SUITE_P(All, IncrementalPack, testing::ValuesIn(kPackNetworks), name_of_pack_test);

TEST(Incremental, CaffenetEqualsFullInference) {
  const Network network = load_network("builtin:caffenet?seed=1");
  expect_probabilities_of_full(network, normal({1, 3, 227, 227}, 56));
}

}  // namespace
}  // namespace assay
