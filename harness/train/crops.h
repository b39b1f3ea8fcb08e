#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/data/dataset.h"
#include "harness/network/network.h"

namespace assay {

/// A view of a floor, resized once and kept.
struct TrainingView {
  std::string name;  // Sample::name
  Tensor pixels;     // uint8 [3,h,w], short side = Preprocess::resize_size, channel order of the network
  std::int64_t label = 0;  // output index
};

/// Decodes and resizes, without the crop. Throws DataError for an unreadable image, one that is smaller than
/// the network's input, and a label that the network does not know.
std::vector<TrainingView> decode_views(const std::vector<Sample>& samples, const Network& network);

/// Changes of a training crop beyond its place; all 0 as published (papers.md 8.4).
struct Augmentation {
  double zoom = 0;        // side of the crop = input side * u, u uniform in 1 +- zoom, at most the image's
  double brightness = 0;  // added to every pixel: uniform in +- brightness, of 0..255
  double contrast = 0;    // factor about 127.5: uniform in 1 +- contrast
  double colour = 0;      // factor of each channel: uniform in 1 +- colour
};

/// A crop of height x width at a random place: float [3,height,width], 0..255. The same for the same seed.
Tensor random_crop(const Tensor& pixels, std::int64_t height, std::int64_t width, const Augmentation& change,
                   std::uint64_t seed);

/// The centre, as at test, and four places half way from it to the corners: uint8 [5,3,height,width].
Tensor fixed_crops(const Tensor& pixels, std::int64_t height, std::int64_t width);

}  // namespace assay
