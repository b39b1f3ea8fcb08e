#pragma once

#include <string>
#include <vector>

#include "methods/background.h"
#include "methods/superpixels.h"
#include "tests/toy.h"
#include "tests/vision/scenes.h"

namespace assay::test {

constexpr std::int64_t kSceneHeight = 48, kSceneWidth = 60, kSceneClasses = 3;

inline Network scene_network(bool bgr = false) {
  Toy toy(kSceneHeight, kSceneWidth);
  const int conv = toy.conv("conv", 0, 3, 4, 5, 3);
  toy.preprocess().mean = {120, 125, 130};
  toy.preprocess().std = {60, 70, 80};
  toy.preprocess().bgr = bgr;
  const int pool = toy.add(Kind::global_avg_pool, "pool", {toy.add(Kind::relu, "relu", {conv})});
  toy.linear("logits", pool, 4, kSceneClasses);
  return toy.network();
}

inline Subject scenes_of(const Network& network, std::int64_t images = 1, std::uint64_t run_seed = 9) {
  std::vector<Tensor> pixels;
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) {
    pixels.push_back(scene(kSceneHeight, kSceneWidth, 60 + static_cast<std::uint64_t>(i)));
    names.push_back("scene " + std::to_string(i));
  }
  return Subject(network, at::stack(pixels), names, run_seed, {.batch = 8});
}

inline Superpixels superpixels(Json settings) {
  Params params(std::move(settings));
  return Superpixels(params);
}

inline Background background(Json settings) {
  Params params(std::move(settings));
  return Background(params);
}

}  // namespace assay::test
