// Score-CAM. Wang, Wang, Du, Yang, Zhang, Ding, Mardziel & Hu, "Score-CAM: score-weighted visual explanations
// for convolutional neural networks", CVPR workshops 2020 (settings: papers.md 5.3).
//   L = ReLU(sum_k w_k A_k)     (A = output of `layer`; raw = the sum, signed)
//   s_k = score of class y for b + M_k (x - b)     (x = image, b = what `fill` says)
//   M_k = (U_k - min U_k) / (max U_k - min U_k),  U_k = A_k resized bilinearly to the input
//   softmax: w_k = exp(s_k) / sum_l exp(s_l), the paper's algorithm; the score of b, which it subtracts from
//            every s_k, drops out
//   plain:   w_k = s_k; with `score: probability` what the authors' code does, to our knowledge
// A channel whose U_k is the same everywhere masks nothing: it takes no part and costs nothing. No gradients:
// one forward a channel, shared by the classes of an image.
#include <fmt/format.h>

#include "harness/network/mean_pixels.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/by_image.h"
#include "methods/cam.h"
#include "methods/scores.h"

namespace assay {
namespace {

constexpr std::int64_t kEnlargedAtOnce = 64;  // bounds the memory; planes do not depend on each other

/// Channels of a map with the range that each has when it is enlarged.
struct Channels {
  Tensor maps;       // [m,h,w]
  Tensor low, high;  // [m,1,1]

  /// Masks of channels first .. first+n, [n,1,height,width].
  Tensor masks(std::int64_t first, std::int64_t n, std::int64_t height, std::int64_t width) const {
    const Tensor from = low.narrow(0, first, n), range = high.narrow(0, first, n) - from;
    return ((resize_bilinear(maps.narrow(0, first, n), height, width) - from) / range).unsqueeze(1);
  }
};

/// Those that are not the same everywhere, of A [1,C,h,w]. One that is before it is enlarged stays out even
/// where rounding tells its pixels apart.
Channels varied_channels(const Tensor& activation, std::int64_t height, std::int64_t width) {
  std::vector<Tensor> low, high;
  for (const Tensor& some : activation[0].split(kEnlargedAtOnce)) {
    const Tensor enlarged = resize_bilinear(some, height, width);
    low.push_back(enlarged.amin({1, 2}, /*keepdim=*/true));
    high.push_back(enlarged.amax({1, 2}, /*keepdim=*/true));
  }
  const Tensor maps = activation[0], lowest = at::cat(low), highest = at::cat(high);
  const Tensor varied = (maps.amax({1, 2}) > maps.amin({1, 2})).logical_and((highest > lowest).view({-1}));
  const Tensor places = varied.nonzero().view({-1});
  return {maps.index_select(0, places), lowest.index_select(0, places), highest.index_select(0, places)};
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
      const Tensor& pixels = subject.pixels();
      const Channels channels =
          varied_channels(subject.activations(one.image)[layer], pixels.size(2), pixels.size(3));
      const Tensor scores = scores_of(masked_logits(subject, one.image, channels), score_);
      std::vector<Tensor> maps;
      for (const Query& query : one.queries) {
        const Tensor score = scores.select(1, query.target);
        const Tensor weights = (softmax_ ? score.softmax(0) : score).to(channels.maps.device());
        maps.push_back((weights.view({-1, 1, 1}) * channels.maps).sum(0, /*keepdim=*/true));
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
  Tensor masked_logits(Subject& subject, std::int64_t image, const Channels& channels) const {
    const Tensor pixels = subject.pixels()[image];
    const Tensor base = black_ ? at::zeros_like(pixels) : mean_pixels(subject)[0];
    const std::string key = fmt::format("{} of image {}", shared_work(), image);
    return subject.predict_shared(key, channels.maps.size(0), [&](std::int64_t first, const Tensor& batch) {
      const Tensor masks = channels.masks(first, batch.size(0), pixels.size(1), pixels.size(2));
      batch.copy_(base + masks.to(pixels.options()) * (pixels - base));
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
