#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

using Resize = Preprocess::Resize;
using Crop = Preprocess::Crop;

void set_geometry(Preprocess& preprocess, Resize resize, std::int64_t size, Crop crop, bool top_left_square) {
  preprocess.resize = resize;
  preprocess.resize_size = size;
  preprocess.crop = crop;
  preprocess.top_left_square = top_left_square;
}

}  // namespace

Preprocess with_image_mode(Preprocess preprocess, std::string_view mode) {
  const std::int64_t side = std::max({preprocess.resize_size, preprocess.height, preprocess.width});
  if (mode == "center-crop")
    set_geometry(preprocess, Resize::short_side, side, Crop::center, false);
  else if (mode == "squash")
    set_geometry(preprocess, Resize::warp, 0, Crop::none, false);
  else if (mode == "authors")
    set_geometry(preprocess, Resize::none, 0, Crop::none, true);
  else if (mode != "model")
    throw ConfigError(
        fmt::format("unknown image mode '{}'; known: model, center-crop, squash, authors", mode));
  return preprocess;
}

Preprocess with_mean_mode(Preprocess preprocess, std::string_view mode) {
  if (mode == "value")
    preprocess.mean_image = Tensor();
  else if (mode == "image" && !preprocess.mean_image.defined())
    throw ConfigError("mean 'image': the network has no mean image; known for it: model, value");
  else if (mode != "model" && mode != "image")
    throw ConfigError(fmt::format("unknown mean '{}'; known: model, value, image", mode));
  return preprocess;
}

}  // namespace assay
