#include "harness/train/initial.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/train/floor_network.h"

namespace assay {
namespace {

/// Empty when the parameters of `from` fit `to`.
std::string misfit(const Layer& to, const Network& given) {
  if (!given.contains(to.name)) return "not there";
  const Layer& from = given.layers()[given.find(to.name)];
  if (from.parameters.size() != to.parameters.size())
    return fmt::format("{} parameters there, {} here", from.parameters.size(), to.parameters.size());
  for (std::size_t i = 0; i < to.parameters.size(); ++i) {
    const Tensor &there = from.parameters[i].value, &here = to.parameters[i].value;
    if (there.sizes() != here.sizes())
      return fmt::format("[{}] there, [{}] here", fmt::join(there.sizes(), ","),
                         fmt::join(here.sizes(), ","));
  }
  return "";
}

Preprocess pixels_like(Preprocess own, const Preprocess& given) {
  own.bgr = given.bgr;
  own.pre_scale = given.pre_scale;
  own.mean = given.mean;
  own.std = given.std;
  if (given.height == own.height && given.width == own.width) own.mean_image = given.mean_image;
  return own;
}

}  // namespace

bool Initial::has_given_trunk() const {
  return std::ranges::all_of(
      origins, [](const LayerOrigin& origin) { return origin.given || is_new_layer(origin.layer); });
}

Initial initial_network(const Network& drawn, const Network& given) {
  std::vector<Layer> layers(drawn.layers().begin(), drawn.layers().end());
  std::vector<LayerOrigin> origins;
  for (Layer& layer : layers) {
    if (layer.parameters.empty()) continue;
    const std::string why = misfit(layer, given);
    origins.push_back({layer.name, why.empty(), why});
    if (!why.empty()) continue;
    const Layer& from = given.layers()[given.find(layer.name)];
    for (std::size_t i = 0; i < layer.parameters.size(); ++i)
      layer.parameters[i].value = from.parameters[i].value.to(at::kFloat).clone();
  }
  if (std::ranges::none_of(origins, &LayerOrigin::given))
    throw ConfigError(fmt::format("network '{}': no layer has name and shape of one of network '{}' ({}: {})",
                                  given.name(), drawn.name(), origins.front().layer, origins.front().why));
  Preprocess preprocess =
      origins.front().given ? pixels_like(drawn.preprocess(), given.preprocess()) : drawn.preprocess();
  return {Network(drawn.name(), std::move(layers), std::move(preprocess), drawn.classes()),
          std::move(origins)};
}

}  // namespace assay
