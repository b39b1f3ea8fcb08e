#include "harness/train/recipe.h"

#include <cmath>

#include "harness/train/floor_network.h"

namespace assay {
namespace {

constexpr double kNewBiasRate = 2;
constexpr double kPublishedEmbedding = 1000;

bool is_first_conv(const Network& network, const Layer& layer) {
  for (const Layer& other : network.layers())
    if (other.kind == Kind::conv) return other.name == layer.name;
  return false;
}

}  // namespace

Recipe published_recipe() {
  Recipe recipe;
  recipe.name = "published";
  recipe.epochs = 150;
  return recipe;
}

Recipe scratch_recipe(std::int64_t embedding) {
  Recipe recipe;
  recipe.name = "scratch";
  recipe.epochs = 12;
  recipe.pairs_a_step = 10;
  recipe.loss.margin *= std::sqrt(static_cast<double>(embedding) / kPublishedEmbedding);
  recipe.sgd = {.base_rate = 0.02, .gamma = 0.3, .clip = 5};
  recipe.rate_epochs = 4;
  recipe.new_layers = 1;
  recipe.trunk_biases = 2;
  recipe.bias_decay = 0;
  recipe.dropout = 0;
  recipe.first_layer = 1 / (kPixelDeviation * kPixelDeviation);
  recipe.augmentation = {.zoom = 0.15, .brightness = 30, .contrast = 0.3, .colour = 0.1};
  return recipe;
}

std::vector<Multipliers> multipliers_of(const Network& network, const Recipe& recipe) {
  std::vector<Multipliers> multipliers;
  for (const Layer& layer : network.layers())
    for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
      const bool bias = i == 1, fresh = is_new_layer(layer.name);
      Multipliers of{.rate = fresh ? recipe.new_layers : 1, .decay = bias ? recipe.bias_decay : 1};
      if (bias) of.rate *= fresh ? kNewBiasRate : recipe.trunk_biases;
      if (!bias && is_first_conv(network, layer)) of.rate *= recipe.first_layer;
      multipliers.push_back(of);
    }
  return multipliers;
}

Json to_json(const Recipe& r) {
  return {{"name", r.name},
          {"epochs", r.epochs},
          {"pairs_a_step", r.pairs_a_step},
          {"loss",
           {{"contrastive", r.loss.contrastive},
            {"cross_entropy", r.loss.cross_entropy},
            {"margin", r.loss.margin}}},
          {"sgd",
           {{"base_rate", r.sgd.base_rate},
            {"gamma", r.sgd.gamma},
            {"step_size", r.sgd.step_size},
            {"momentum", r.sgd.momentum},
            {"weight_decay", r.sgd.weight_decay},
            {"clip", r.sgd.clip}}},
          {"rate_epochs", r.rate_epochs},
          {"new_layers", r.new_layers},
          {"first_layer", r.first_layer},
          {"trunk_biases", r.trunk_biases},
          {"bias_decay", r.bias_decay},
          {"dropout", r.dropout},
          {"augmentation",
           {{"zoom", r.augmentation.zoom},
            {"brightness", r.augmentation.brightness},
            {"contrast", r.augmentation.contrast},
            {"colour", r.augmentation.colour}}},
          {"stop", {{"in_a_row", r.stop.in_a_row}, {"loss", r.stop.loss}}}};
}

}  // namespace assay
