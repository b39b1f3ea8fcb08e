// SmoothGrad, SquareGrad, VarGrad: gradients under noise. Smilkov, Thorat, Kim, Viegas & Wattenberg,
// "SmoothGrad: removing noise by adding noise", 2017; Hooker, Erhan, Kindermans & Kim, "A benchmark for
// interpretability methods in deep neural networks", NeurIPS 2019; Adebayo, Gilmer, Goodfellow & Kim, "Local
// explanation methods for deep neural networks lack sensitivity to parameter values", 2018 (settings:
// papers.md 6.1).
//   g_j = d s_y / d x at x + sigma z_j,  z_j ~ N(0, 1) in every channel and pixel, j = 1 .. n
//   sigma = noise (max x - min x)        (x = preprocessed network input, s_y = logit or probability)
//   mean:   raw = 1/n sum_j g_j
//   square: raw = 1/n sum_j g_j^2
//   var:    raw = 1/n sum_j (g_j - 1/n sum_l g_l)^2
// Seeded by the run's seed and the image's name: the classes of an image share their noise, so that their
// maps can be compared. Unlike grad it does not show what the gradient happens to be at one point.
#include <cmath>

#include "harness/core/seed.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/method.h"
#include "methods/noise.h"
#include "methods/scores.h"

namespace assay {
namespace {

/// Sums over the samples, [3,H,W] in double.
struct Moments {
  Tensor sum, squares;

  /// One after the other, so that it does not matter how many come at once.
  void add(const Tensor& gradients) {
    for (const Tensor& gradient : gradients.to(at::kDouble).unbind()) {
      sum.add_(gradient);
      squares.addcmul_(gradient, gradient);
    }
  }
};

class SmoothGrad : public Method {
 public:
  explicit SmoothGrad(Params& params)
      : moment_(params.choice(
            "moment", "mean", {"mean", "square", "var"},
            "SmoothGrad, SquareGrad or VarGrad: mean, mean square or variance of the gradients")),
        samples_(positive(params, "samples", 50, "noisy images")),
        noise_(params.get("noise", 0.15, "standard deviation, as a share of the input's range (max - min)")),
        score_(read_score(params, {"logit", "probability"})) {
    if (!(noise_ >= 0 && std::isfinite(noise_))) params.fail("noise", "must be at least 0, and finite");
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) {
      std::vector<Tensor> maps;
      for (const Moments& moments : sample(subject, one)) maps.push_back(map(moments));
      return at::stack(maps);
    })};
  }

  View view() const override {
    View view;
    view.reduce = "max-abs";
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, samples_, samples_); }
  bool uses_seed() const override { return true; }

 private:
  std::vector<Moments> sample(Subject& subject, const ImageQueries& one) const {
    const Tensor input = subject.network().normalise(subject.pixels().narrow(0, one.image, 1))[0];
    const double sigma = noise_ * (input.max() - input.min()).item<double>();
    const std::uint64_t seed = mix_seed(subject.seed(one.image), "smooth-grad");
    const auto fill = [&](std::int64_t first, const Tensor& batch) {
      for (std::int64_t k = 0; k < batch.size(0); ++k) {
        const std::uint64_t own = mix_seed({seed, static_cast<std::uint64_t>(first + k)});
        batch[k].copy_(input + normal_noise(input.sizes(), own).to(at::kFloat).to(input.device()) * sigma);
      }
    };
    const at::TensorOptions options = input.options().dtype(at::kDouble);
    std::vector<Moments> moments;
    for (std::size_t q = 0; q < one.queries.size(); ++q)
      moments.push_back({at::zeros(input.sizes(), options), at::zeros(input.sizes(), options)});
    subject.gradients_at(samples_, fill, one.targets(), score_,
                         [&](const Slopes& slopes) { moments[slopes.target].add(slopes.gradients); });
    return moments;
  }

  Tensor map(const Moments& moments) const {
    const auto n = static_cast<double>(samples_);
    const Tensor mean = moments.sum / n;
    if (moment_ == "mean") return mean;
    const Tensor square = moments.squares / n;
    return moment_ == "square" ? square : (square - mean.square()).clamp_min(0);
  }

  std::string moment_;
  std::int64_t samples_;
  double noise_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_smooth_grad(Params& params) {
  return std::make_unique<SmoothGrad>(params);
}

}  // namespace assay
