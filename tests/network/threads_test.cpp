#include "tests/threads.h"

#include <gtest/gtest.h>

#include <functional>

#include "harness/network/blocked.h"
#include "harness/network/cuts.h"
#include "harness/network/linear.h"
#include "harness/network/lrn.h"
#include "harness/network/network.h"
#include "harness/network/pooling.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::normal;
using test::Threads;

/// Images, planes, pieces and rows that three threads share unevenly, enough for a range each.
Tensor many_maps() {
  return normal({5, 48, 31, 29}, 1);
}

Attributes windows_of_three() {
  return {.kernel = {3, 3}, .stride = {2, 2}, .pad = {1, 1, 1, 1}, .ceil_mode = true};
}

void expect_same_bits(const std::function<Tensor()>& compute) {
  const auto on = [&](int count) {
    const Threads threads(count);
    return compute();
  };
  const Tensor alone = on(1);
  EXPECT_TRUE(at::equal(on(2), alone));
  EXPECT_TRUE(at::equal(on(3), alone));
}

Tensor run_on_blocks(Kind kind, const Attributes& a) {
  Layer layer{.kind = kind, .name = "layer", .inputs = {0}, .attributes = a};
  layer.reads_blocks = true;
  return to_plain(Network::run(layer, {{to_blocked(many_maps(), 16)}}));
}

TEST(ThreadsDoNotChange, Linear) {
  const Tensor x = normal({5, 300}, 1), weight = normal({200, 300}, 2), bias = normal({200}, 3);
  expect_same_bits([&] { return linear(x, weight, bias); });
}

TEST(ThreadsDoNotChange, MaxPool) {
  expect_same_bits([] { return max_pool(many_maps(), windows_of_three()); });
}

TEST(ThreadsDoNotChange, Lrn) {
  expect_same_bits([] { return lrn(many_maps(), {.size = 5}); });
}

TEST(ThreadsDoNotChange, Cuts) {
  const Tensor base = normal({1, 48, 31, 29}, 1), values = normal({5, 48, 20, 20}, 2);
  const Cuts changed{{20, 20}, {{{0, 2, 4, 6, 8}, {8, 6, 4, 2, 0}}}},
      wanted{{24, 22}, {{{-2, 0, 2, 4, 9}, {7, 5, 3, 1, -1}}}};
  expect_same_bits([&] { return cut(base, values, changed, wanted, 0); });
}

TEST(ThreadsDoNotChange, LayersOnBlocks) {
  expect_same_bits([] { return run_on_blocks(Kind::max_pool, windows_of_three()); });
  expect_same_bits([] { return run_on_blocks(Kind::avg_pool, windows_of_three()); });
  expect_same_bits([] { return run_on_blocks(Kind::lrn, {.size = 5}); });
}

}  // namespace
}  // namespace assay
