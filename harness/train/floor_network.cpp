#include "harness/train/floor_network.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace assay {
namespace {

void divide_first_weights(std::vector<Layer>& layers) {
  for (Layer& layer : layers)
    if (layer.kind == Kind::conv) {
      layer.parameters.front().value.div_(kPixelDeviation);
      return;
    }
}

}  // namespace

FloorWidths floor_widths(std::string_view size) {
  if (size == "full") return {};
  if (size == "small")
    return {.trunk = {.conv = {32, 64, 96, 96, 64}, .fc6 = 256, .fc7 = 256}, .embedding = 128};
  throw ConfigError(fmt::format("unknown size '{}'; known: small, full", size));
}

Network floor_network(const FloorWidths& widths, const std::vector<std::string>& classes, std::uint64_t seed,
                      double new_deviation) {
  LayerBuilder b(seed);
  caffenet_trunk(b, widths.trunk);
  b.linear(std::string(kEmbeddingLayer), widths.trunk.fc7, widths.embedding, new_deviation);
  b.add(Kind::relu, "fc8_s_r");
  b.add(Kind::dropout, "drop8");
  b.linear(std::string(kClassLayer), widths.embedding, std::ssize(classes), new_deviation);
  std::vector<Layer> layers = b.finish();
  divide_first_weights(layers);
  Preprocess preprocess = caffe_preprocess(227);
  preprocess.resize = Preprocess::Resize::short_side;
  return Network("floors", std::move(layers), std::move(preprocess), classes);
}

bool is_new_layer(std::string_view name) {
  return name == kEmbeddingLayer || name == kClassLayer;
}

}  // namespace assay
