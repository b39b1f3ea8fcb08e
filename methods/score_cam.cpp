// Score-CAM. Wang, Wang, Du, Yang, Zhang, Ding, Mardziel & Hu, "Score-CAM: score-weighted visual explanations
// for convolutional neural networks", CVPR workshops 2020 (settings: papers.md 5.3).
//   L = ReLU(sum_k w_k A_k)     (A = output of `layer`; raw = the sum, signed)
//   s_k = score of class y for b + M_k (x - b)     (x = image, b = what `fill` says)
//   M_k = (A_k - min A_k) / (max A_k - min A_k), resized bilinearly to the input
//   softmax: w_k = exp(s_k) / sum_l exp(s_l), the paper's algorithm; the score of b, which it subtracts from
//            every s_k, drops out
//   plain:   w_k = s_k; with `score: probability` what the authors' code does, to our knowledge
// A channel that is the same everywhere masks nothing: it takes no part and costs nothing. No gradients: one
// forward a channel, shared by the classes of an image.
#include <fmt/format.h>

#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/by_image.h"
#include "methods/cam.h"
#include "methods/scores.h"

namespace assay {
namespace {

/// The channels [m,h,w] that are not the same everywhere, of A [1,C,h,w].
Tensor varied_channels(const Tensor& activation) {
  const Tensor range = activation[0].amax({1, 2}) - activation[0].amin({1, 2});
  return activation[0].index_select(0, range.nonzero().view({-1}));
}

/// Each channel [m,h,w] to [0,1].
Tensor masks_of(const Tensor& channels) {
  const Tensor low = channels.amin({1, 2}, /*keepdim=*/true);
  return (channels - low) / (channels.amax({1, 2}, /*keepdim=*/true) - low);
}

/// Pixels that are 0 after normalisation, [3,1,1] or [3,H,W].
Tensor mean_pixels(const Network& network, const Tensor& pixels) {
  const Preprocess& p = network.preprocess();
  if (p.mean_image.defined()) return p.mean_image.to(pixels.options()) / p.pre_scale;
  const Tensor mean = at::tensor(at::ArrayRef<double>(p.mean.data(), p.mean.size()), at::kDouble);
  return (mean / p.pre_scale).view({3, 1, 1}).to(pixels.options());
}

class ScoreCam : public Method {
 public:
  explicit ScoreCam(Params& params)
      : layer_(read_map_layer(params)),
        softmax_(
            params.choice("weights", "softmax", {"softmax", "plain"},
                          "weight of a channel: softmax of the scores over the channels, or the score") ==
            "softmax"),
        black_(params.choice("fill", "mean", {"mean", "black"},
                             "what is seen where the mask is 0: the mean of the preprocessing (0 after "
                             "normalisation) or pixels of 0") == "black"),
        score_(read_score(params, {"logit", "probability"})) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    return map_layer_problem(network, layer_);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const auto layer = static_cast<std::size_t>(map_layer(subject.network(), layer_));
    return {image_by_image(queries, [&](const ImageQueries& one) {
      const Tensor channels = varied_channels(subject.activations(one.image)[layer]);
      const Tensor scores = scores_of(masked_logits(subject, one.image, channels), score_);
      std::vector<Tensor> maps;
      for (const Query& query : one.queries) {
        const Tensor score = scores.select(1, query.target);
        const Tensor weights = (softmax_ ? score.softmax(0) : score).to(channels.device());
        maps.push_back((weights.view({-1, 1, 1}) * channels).sum(0, /*keepdim=*/true));
      }
      return at::stack(maps);
    })};
  }

  View view() const override { return cam_view(); }

  /// As if no channel were the same everywhere.
  Cost price(const Network& network) const override {
    return cost_of_passes(network, 1 + map_channels(network, layer_));
  }

  std::string shared_work() const override {
    return fmt::format("score-cam {} {}", layer_, black_ ? "black" : "mean");
  }

  std::vector<std::string> layer_keys() const override { return {"layer"}; }

 private:
  /// Of the image under each channel's mask, [m,K].
  Tensor masked_logits(Subject& subject, std::int64_t image, const Tensor& channels) const {
    const Tensor pixels = subject.pixels()[image];
    const Tensor base = black_ ? at::zeros_like(pixels) : mean_pixels(subject.network(), pixels);
    const Tensor masks = masks_of(channels);
    const std::string key = fmt::format("{} of image {}", shared_work(), image);
    return subject.predict_shared(key, channels.size(0), [&](std::int64_t first, const Tensor& batch) {
      const Tensor some = masks.narrow(0, first, batch.size(0));
      const Tensor grown = resize_bilinear(some, pixels.size(1), pixels.size(2)).unsqueeze(1);
      batch.copy_(base + grown.to(pixels.options()) * (pixels - base));
    });
  }

  std::string layer_;
  bool softmax_, black_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_score_cam(Params& params) {
  return std::make_unique<ScoreCam>(params);
}

}  // namespace assay
