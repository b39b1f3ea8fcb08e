#pragma once

#include <string>
#include <vector>

#include "harness/network/subject.h"
#include "methods/patch_sampler.h"
#include "tests/temporary_folder.h"
#include "tests/toy.h"

namespace assay::test {

constexpr std::int64_t kPictureSide = 12, kPictureClasses = 3;

inline Tensor pictures(std::int64_t count, std::uint64_t seed) {
  return (normal({count, 3, kPictureSide, kPictureSide}, seed) * 40 + 128).clamp(0, 255).to(at::kByte);
}

/// Of patches of 6 px on nine pictures, of which seven are kept.
inline std::string fitted(const TemporaryFolder& folder, const Tensor& images = pictures(9, 5)) {
  PatchFit fit(kPictureSide, kPictureSide, 6, 7);
  for (std::int64_t i = 0; i < images.size(0); ++i) fit.add(images[i], 60, static_cast<std::uint64_t>(i));
  save_patches(fit.finish(), folder / "patches.safetensors");
  return folder / "patches.safetensors";
}

inline Network some_network(bool bgr = false) {
  Toy toy(kPictureSide, kPictureSide);
  const int conv = toy.conv("conv", 0, 3, 4, 3, 2);
  toy.preprocess().mean = {120, 125, 130};
  toy.preprocess().std = {60, 70, 80};
  toy.preprocess().bgr = bgr;
  toy.linear("logits", toy.add(Kind::relu, "relu", {conv}), 4 * 36, kPictureClasses);
  return toy.network();
}

inline Subject some_images(const Network& network, const Tensor& images = pictures(2, 6)) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images.size(0); ++i) names.push_back("image " + std::to_string(i));
  return Subject(network, images, names, 9, {.batch = 8});
}

}  // namespace assay::test
