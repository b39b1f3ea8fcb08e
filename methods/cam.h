#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "methods/method.h"

namespace assay {

// What class activation maps share: A = output of one layer, [1,C,h,w] in double, whose channels they weigh.
// Their raw attribution is the weighted sum over the channels, one channel and signed: the ReLU with which
// their papers end is the positive part of the suggested view (`positive: false` shows the signed map).

/// The parameter `layer`: A's name. Empty: the last layer whose output has more than one row and column and
/// feeds the logits, before the heads of a network for mosaics (heads.h).
std::string read_map_layer(Params& params);
/// Its index. Throws ConfigError where map_layer_problem() says why.
int map_layer(const Network& network, const std::string& name);
/// Why nothing can be mapped there: no such layer, what unmappable() (map_layer.h) says, or it does not feed
/// the logits.
std::optional<std::string> map_layer_problem(const Network& network, const std::string& name);
/// Channels of the output of that layer, C.
std::int64_t map_channels(const Network& network, const std::string& name);

/// Positive part of one channel, resized bilinearly.
View cam_view();

/// How a map comes from the activation A and the gradient g = d s_y / d A, [1,C,h,w] each: [1,1,h,w].
using CombineMaps = std::function<Tensor(const Tensor& activation, const Tensor& gradient)>;
/// Grad-CAM's (grad_cam.cpp).
Tensor weighted_by_mean_gradient(const Tensor& activation, const Tensor& gradient);
/// Raw maps [Q,1,h,w] at a layer. Bills a backward pass a query.
Tensor gradient_maps(Subject& subject, std::span<const Query> queries, int layer, Score score,
                     const CombineMaps& combine);

/// A class activation map by gradients: parameters `layer` and `score` (logit | probability), and how to
/// combine.
class GradientCam : public Method {
 public:
  GradientCam(Params& params, CombineMaps combine);

  std::optional<std::string> unsupported(const Network& network) const override;
  Attribution attribute(Subject& subject, std::span<const Query> queries) const override;
  View view() const override { return cam_view(); }
  Cost price(const Network& network) const override;
  std::vector<std::string> layer_keys() const override { return {"layer"}; }

 protected:
  const std::string& layer_name() const { return layer_; }

 private:
  std::string layer_;
  Score score_;
  CombineMaps combine_;
};

}  // namespace assay
