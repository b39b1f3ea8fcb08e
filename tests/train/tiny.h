#pragma once

#include "harness/train/crops.h"
#include "harness/train/recipe.h"
#include "tests/toy.h"

namespace assay::test {

/// conv1 relu1 flatten-fc8_s fc8_s_r drop8 fc9_f for 12 x 12 pixels and `classes` outputs.
inline Network tiny_network(std::uint64_t seed, std::int64_t classes = 3) {
  const auto normal_at = [&](at::IntArrayRef shape, std::uint64_t purpose) {
    return normal(shape, mix_seed({seed, purpose}));
  };
  Toy toy(12, 12);
  toy.preprocess().mean = {128, 128, 128};
  toy.preprocess().std = {64, 64, 64};
  int last = toy.add(Kind::conv, "conv1", {0}, {.kernel = {3, 3}, .stride = {3, 3}},
                     {normal_at({6, 3, 3, 3}, 1) * 0.3, at::zeros({6})});
  last = toy.add(Kind::relu, "relu1", {last});
  last = toy.add(Kind::linear, "fc8_s", {last}, {}, {normal_at({8, 96}, 2) * 0.15, at::zeros({8})});
  last = toy.add(Kind::relu, "fc8_s_r", {last});
  last = toy.add(Kind::dropout, "drop8", {last});
  toy.add(Kind::linear, "fc9_f", {last}, {}, {normal_at({classes, 8}, 3) * 0.3, at::zeros({classes})});
  return toy.network();
}

/// Two views a class: a colour with noise, 16 x 20 pixels.
inline std::vector<TrainingView> tiny_views(std::int64_t classes = 3) {
  std::vector<TrainingView> views;
  for (std::int64_t i = 0; i < 2 * classes; ++i) {
    Tensor pixels = normal({3, 16, 20}, 100 + i) * 25 + 90;
    pixels[i / 2 % 3] += 70;
    views.push_back({"view" + std::to_string(i), pixels.clamp(0, 255).to(at::kByte), i / 2});
  }
  return views;
}

inline Recipe tiny_recipe() {
  Recipe recipe;
  recipe.epochs = 40;
  recipe.pairs_a_step = 8;
  recipe.loss.margin = 2;
  recipe.sgd = {.base_rate = 0.05, .gamma = 0.9, .step_size = 30, .clip = 1};
  recipe.new_layers = 1;
  recipe.augmentation = {.zoom = 0.1, .brightness = 10, .contrast = 0.1, .colour = 0.05};
  return recipe;
}

}  // namespace assay::test
