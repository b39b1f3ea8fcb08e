#include "methods/cam.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/network/heads.h"
#include "harness/network/propagate.h"
#include "harness/network/shapes.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/map_layer.h"
#include "methods/scores.h"

namespace assay {
namespace {

bool feeds_logits(const Network& network, int layer) {
  return layer == network.output() || !walked_layers(network, network.output(), layer).empty();
}

/// The last one before every cut, otherwise the last one of all; -1 when there is none.
int last_map(const Network& network) {
  const std::vector<Shape> shapes = output_shapes(network);
  const std::vector<bool> behind = behind_cuts(network);
  int last_behind = -1;
  for (int i = network.output(); i > 0; --i) {
    const auto index = static_cast<std::size_t>(i);
    const Shape& shape = shapes[index];
    if (shape.size() != 3 || shape[1] < 2 || shape[2] < 2) continue;
    if ((behind[index] && last_behind > 0) || !feeds_logits(network, i)) continue;
    if (!behind[index]) return i;
    last_behind = i;
  }
  return last_behind;
}

/// Throws ConfigError where there is no such layer.
int chosen_map(const Network& network, const std::string& name) {
  return name.empty() ? last_map(network) : network.find(name);
}

}  // namespace

std::string read_map_layer(Params& params) {
  return params.get<std::string>(
      "layer", "",
      "layer whose channels are weighted (assay network PATH lists them); empty: the "
      "last whose output has rows and columns, before the heads of a mosaic");
}

int map_layer(const Network& network, const std::string& name) {
  if (const auto problem = map_layer_problem(network, name)) throw ConfigError(*problem);
  return chosen_map(network, name);
}

std::optional<std::string> map_layer_problem(const Network& network, const std::string& name) {
  int layer = 0;
  try {
    layer = chosen_map(network, name);
  } catch (const ConfigError& error) {
    return error.what();
  }
  if (layer < 0) return "no layer's output has rows and columns";
  if (const auto problem = unmappable(network, layer)) return problem;
  if (!feeds_logits(network, layer))
    return fmt::format("layer '{}' does not feed the logits; choose another one", name);
  return std::nullopt;
}

std::int64_t map_channels(const Network& network, const std::string& name) {
  return output_shapes(network)[static_cast<std::size_t>(map_layer(network, name))].front();
}

View cam_view() {
  View view;
  view.positive = true;
  view.resize = "bilinear";
  return view;
}

Tensor weighted_by_mean_gradient(const Tensor& activation, const Tensor& gradient) {
  return (gradient.mean({2, 3}, /*keepdim=*/true) * activation).sum(1, /*keepdim=*/true);
}

Tensor gradient_maps(Subject& subject, std::span<const Query> queries, int layer, Score score,
                     const CombineMaps& combine) {
  return image_by_image(queries, [&](const ImageQueries& one) {
    const Tensor gradients = subject.gradient(layer, one.queries, score);
    const Tensor& activation = subject.activations(one.image)[static_cast<std::size_t>(layer)];
    std::vector<Tensor> maps;
    for (std::int64_t q = 0; q < gradients.size(0); ++q)
      maps.push_back(combine(activation, gradients.narrow(0, q, 1)));
    return at::cat(maps);
  });
}

GradientCam::GradientCam(Params& params, CombineMaps combine)
    : layer_(read_map_layer(params)),
      score_(read_score(params, {"logit", "probability"})),
      combine_(std::move(combine)) {}

std::optional<std::string> GradientCam::unsupported(const Network& network) const {
  return map_layer_problem(network, layer_);
}

Attribution GradientCam::attribute(Subject& subject, std::span<const Query> queries) const {
  return {gradient_maps(subject, queries, map_layer(subject.network(), layer_), score_, combine_)};
}

Cost GradientCam::price(const Network& network) const {
  return cost_of_passes(network, 1, 1);
}

}  // namespace assay
