// Ablation-CAM. Desai & Ramaswamy, "Ablation-CAM: visual explanations for deep convolutional network via
// gradient-free localization", WACV 2020 (settings: papers.md 5.3).
//   L = ReLU(sum_k w_k A_k),  w_k = (s - s_k) / |s|     (A = output of `layer`; s = score of class y, s_k =
//   the same with channel k of A set to 0)
// The paper divides by s; |s| is our reading, because a negative score would turn the map upside down (s = 0:
// not divided). No gradients: one forward a channel, of which only the layers behind `layer` run, shared by
// the classes of an image and by whoever else asks. Walked in double, because single channels change a score
// by little.
#include <fmt/format.h>

#include <cmath>

#include "harness/network/summary.h"
#include "harness/network/tail.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/cam.h"
#include "methods/scores.h"

namespace assay {
namespace {

/// What every class of an image is mapped from, in double.
struct Ablated {
  Tensor maps;            // A [1,C,h,w]
  Tensor whole, without;  // logits [1,K], and [C,K] without each channel, on the CPU
};

Ablated ablated(Subject& subject, std::int64_t image, int layer) {
  const std::vector<Tensor>& activations = subject.activations(image);
  const Tensor maps = activations[static_cast<std::size_t>(layer)];
  const Tensor whole = activations.back().flatten(1).to(at::kCPU);
  const auto fill = [&](std::int64_t first, const Tensor& batch) {
    batch.copy_(maps.expand_as(batch));
    for (std::int64_t k = 0; k < batch.size(0); ++k) batch[k][first + k].zero_();
  };
  return {maps, whole, subject.predict_from(layer, image, maps.size(1), fill)};
}

class AblationCam : public Method {
 public:
  explicit AblationCam(Params& params)
      : layer_(read_map_layer(params)), score_(read_score(params, {"logit", "probability"})) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    return map_layer_problem(network, layer_);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const int layer = map_layer(subject.network(), layer_);
    return {image_by_image(queries, [&](const ImageQueries& one) {
      const std::string key = fmt::format("{} of image {}", shared_work(), one.image);
      const Ablated& image = subject.shared<Ablated>(key, [&] { return ablated(subject, one.image, layer); });
      const Tensor& maps = image.maps;
      const Tensor whole = scores_of(image.whole, score_)[0];
      const Tensor falls = whole - scores_of(image.without, score_);
      std::vector<Tensor> rows;
      for (const Query& query : one.queries) {
        const double score = whole[query.target].item<double>();
        const Tensor weights = falls.select(1, query.target) / (score == 0 ? 1 : std::abs(score));
        rows.push_back((weights.to(maps.device()).view({1, -1, 1, 1}) * maps).sum(1, /*keepdim=*/true));
      }
      return at::cat(rows);
    })};
  }

  View view() const override { return cam_view(); }

  Cost price(const Network& network) const override {
    const std::int64_t channels = map_channels(network, layer_);
    Cost cost = cost_of_passes(network, 1 + channels);
    cost.work.done =
        multiply_adds(network) + channels * multiply_adds_behind(network, map_layer(network, layer_));
    return cost;
  }

  std::string shared_work() const override { return fmt::format("ablation-cam {}", layer_); }

  std::vector<std::string> layer_keys() const override { return {"layer"}; }

 private:
  std::string layer_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_ablation_cam(Params& params) {
  return std::make_unique<AblationCam>(params);
}

}  // namespace assay
