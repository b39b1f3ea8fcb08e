// Extremal perturbation. Fong, Patrick & Vedaldi, "Understanding deep networks via extremal perturbations and
// smooth masks", ICCV 2019.
//   m_a = argmax_m f_y(m x + (1 - m) x_blur) - lambda_t mean_k (sort(m)_k - r_a,k)^2
// for each area a: r_a = zeros, then ones in the share a of the places, so that a mask of another area or of
// grey values pays (equal values share their r, lest the order of sorting choose between them); m smooth by
// construction (smooth_mask.h), its nodes in 0..1. x_blur = the image blurred by `blur` px; lambda_t =
// `weight` * `growth`^t. Gradient steps from m = 1: Adam, or SGD with momentum, dampened by as much as the
// authors': v_0 = g_0, v_t = `momentum` v_(t-1) + (1 - `momentum`) g_t.
//   raw_i = sum_a m_a,i; its view blurs it by 0.09 of the side (as for the pointing game)
// The defaults follow the paper and its code from memory: papers.md has its numbers, not its settings.
// Deviations from the authors' code, as far as we know it: the image is not flipped on every other step; one
// blurred image is blended in, where theirs is a pyramid of 8 blurs that the mask's value chooses from; nodes
// outside the grid repeat those at its edge, theirs are 0; the view smooths before resizing; the area's term
// has no margin within which a mask pays nothing. Unlike rise, the mask is searched for, not sampled.
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/method.h"
#include "methods/scores.h"
#include "methods/smooth_mask.h"

namespace assay {
namespace {

/// Gradient steps downhill in the box 0..1.
class BoxedDescent {
 public:
  BoxedDescent(const Tensor& start, bool adam, double rate, double momentum)
      : values_(start),
        first_(at::zeros_like(start)),
        second_(at::zeros_like(start)),
        adam_(adam),
        rate_(rate),
        momentum_(momentum) {}

  const Tensor& values() const { return values_; }

  void step(const Tensor& gradient) {
    ++steps_;
    const Tensor change = adam_ ? adam_change(gradient) : momentum_change(gradient);
    values_ = (values_ - rate_ * change).clamp(0, 1);
  }

 private:
  Tensor momentum_change(const Tensor& gradient) {
    first_ = steps_ == 1 ? gradient : momentum_ * first_ + (1 - momentum_) * gradient;
    return first_;
  }

  Tensor adam_change(const Tensor& gradient) {
    constexpr double kForgetting = 0.999, kFloor = 1e-8;
    first_ = momentum_ * first_ + (1 - momentum_) * gradient;
    second_ = kForgetting * second_ + (1 - kForgetting) * gradient.square();
    const Tensor mean = first_ / (1 - std::pow(momentum_, steps_));
    return mean / ((second_ / (1 - std::pow(kForgetting, steps_))).sqrt() + kFloor);
  }

  Tensor values_, first_, second_;
  bool adam_;
  double rate_, momentum_;
  int steps_ = 0;
};

/// What an area's sorted mask should be: [A,pixels], zeros, then ones.
Tensor ideal_masks(const std::vector<double>& areas, std::int64_t pixels, const at::TensorOptions& options) {
  std::vector<Tensor> rows;
  for (const double area : areas) {
    const auto shown = static_cast<std::int64_t>(std::llround(area * static_cast<double>(pixels)));
    rows.push_back(at::cat({at::zeros({pixels - shown}, options), at::ones({shown}, options)}));
  }
  return at::stack(rows);
}

/// The same where places of equal value share what they should be, so that their order decides nothing;
/// `sorted` [A,pixels] ascending.
Tensor shared_among_equals(const Tensor& sorted, const Tensor& ideal) {
  std::vector<Tensor> rows;
  for (std::int64_t a = 0; a < sorted.size(0); ++a) {
    const auto [values, group, counts] =
        at::unique_consecutive(sorted[a], /*return_inverse=*/true, /*return_counts=*/true);
    const Tensor sums = at::zeros_like(values).index_add(0, group, ideal[a]);
    rows.push_back((sums / counts).index_select(0, group));
  }
  return at::stack(rows);
}

class ExtremalPerturbation : public Method {
 public:
  explicit ExtremalPerturbation(Params& params)
      : areas_(params.get<std::vector<double>>("areas", {0.025, 0.05, 0.1, 0.2},
                                               "shares of the image that masks show")),
        steps_(positive(params, "steps", 800, "gradient steps")),
        spacing_(positive(params, "spacing", 7, "distance of the mask's nodes, px")),
        radius_(params.get("radius", 21.0, "of the disc that a node makes, px")),
        blur_(params.get("blur", 20.0, "standard deviation of the blurred image, px")),
        weight_(params.get("weight", 300.0, "of the area's term at the first step")),
        growth_(params.get("growth", 1.0035, "factor on the weight at each step")),
        adam_(params.choice("optimiser", "sgd", {"sgd", "adam"}, "how steps are made") == "adam"),
        rate_(params.get("rate", 0.01, "step size")),
        momentum_(params.get("momentum", 0.9, "of SGD, or of Adam's mean")),
        type_(params.choice("precision", "double", {"double", "single"},
                            "of the passes; in single they are several times as quick") == "double"
                  ? at::kDouble
                  : at::kFloat),
        score_(read_score(params, {"logit", "probability"})) {
    if (areas_.empty()) params.fail("areas", "needs at least one");
    for (const double area : areas_)
      if (!(area > 0 && area < 1)) params.fail("areas", "must lie between 0 and 1");
    const auto check_positive = [&](const char* key, double value) {
      if (!(value > 0 && std::isfinite(value))) params.fail(key, "must be above 0, and finite");
    };
    check_positive("radius", radius_);
    check_positive("blur", blur_);
    check_positive("rate", rate_);
    check_positive("growth", growth_);
    if (!(weight_ >= 0 && std::isfinite(weight_))) params.fail("weight", "must be at least 0, and finite");
    if (!std::isfinite(weight_ * std::pow(growth_, static_cast<double>(steps_))))
      params.fail("growth", "makes the weight infinite before the last step");
    if (!(momentum_ >= 0 && momentum_ < 1)) params.fail("momentum", "must lie in 0..1, below 1");
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    std::vector<Tensor> maps;
    for (const Query& query : queries) maps.push_back(map(subject, query));
    return {at::stack(maps)};
  }

  View view() const override {
    View view;
    view.smooth = 0.09;
    return view;
  }

  Cost price(const Network& network) const override {
    const std::int64_t passes = steps_ * std::ssize(areas_);
    return cost_of_passes(network, passes, passes);
  }

 private:
  /// [1,H,W].
  Tensor map(Subject& subject, const Query& query) const {
    const Tensor pixels = subject.pixels().narrow(0, query.image, 1);
    const Network& network = subject.network();
    const Tensor base = network.normalise(gaussian_blur(pixels, blur_)).to(type_);
    const Tensor shown = network.normalise(pixels).to(type_) - base;
    const Tensor nodes = search(subject, base, shown, query.target);
    return mask(nodes, shown).sum(0, /*keepdim=*/true).to(at::kDouble);
  }

  Tensor mask(const Tensor& nodes, const Tensor& shown) const {
    return smooth_mask(nodes, spacing_, radius_, shown.size(2), shown.size(3));
  }

  /// The nodes [A,h,w] at the end; the image is base + shown, each [1,3,H,W].
  Tensor search(Subject& subject, const Tensor& base, const Tensor& shown, std::int64_t target) const {
    const std::int64_t height = shown.size(2), width = shown.size(3);
    const Tensor ideal = ideal_masks(areas_, height * width, shown.options());
    const Tensor start =
        at::ones({std::ssize(areas_), (height + spacing_ - 1) / spacing_, (width + spacing_ - 1) / spacing_},
                 shown.options());
    BoxedDescent descent(start, adam_, rate_, momentum_);
    double weight = weight_;
    for (std::int64_t t = 0; t < steps_; ++t, weight *= growth_) {
      const at::AutoGradMode record(true);
      const Tensor nodes = descent.values().detach().requires_grad_();
      const Tensor masks = mask(nodes, shown);
      const Tensor slope =
          (subject.gradient_at(base + masks.detach().unsqueeze(1) * shown, target, score_) * shown).sum(1);
      const Tensor sorted = std::get<0>(at::sort(masks.flatten(1), 1));
      const Tensor wanted = shared_among_equals(sorted.detach(), ideal);
      const Tensor loss = weight * (sorted - wanted).square().mean(1).sum() - (masks * slope).sum();
      const Tensor gradient = torch::autograd::grad({loss}, {nodes})[0];
      const at::NoGradGuard no_grad;
      descent.step(gradient);
    }
    return descent.values();
  }

  std::vector<double> areas_;
  std::int64_t steps_, spacing_;
  double radius_, blur_, weight_, growth_;
  bool adam_;
  double rate_, momentum_;
  at::ScalarType type_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_extremal_perturbation(Params& params) {
  return std::make_unique<ExtremalPerturbation>(params);
}

}  // namespace assay
