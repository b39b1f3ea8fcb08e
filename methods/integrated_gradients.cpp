// Integrated gradients. Sundararajan, Taly & Yan, "Axiomatic attribution for deep networks", ICML 2017
// (papers.md 1.2).
//   raw_k,i = (x_k,i - b_k,i) sum_j w_j g_k,i(b + a_j (x - b)),  g(z) = d s_y / d x at z
//             (x = preprocessed network input, b = baseline, s_y = logit or probability of class y)
//   endpoints: a_j = j / (n - 1),   w_j = 1 / n: both ends and a plain mean, as in VAR's code
//   trapezoid: a_j = j / (n - 1),   w_j = 1 / (n - 1), half of it at both ends
//   midpoint:  a_j = (j + 1/2) / n, w_j = 1 / n; both ends run as well, with weight 0
// Completeness: with infinitely many steps raw adds up to s_y(x) - s_y(b). How far it is from that comes with
// every map as the figure `completeness_gap`, |sum raw - (s_y(x) - s_y(b))| / |s_y(x) - s_y(b)|
// (NaN where both ends score the same).
// Unlike input x gradient it does not hang on the gradient at the image alone, which is flat where a score
// saturates.
#include <cmath>

#include "harness/core/statistics.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/method.h"
#include "methods/scores.h"

namespace assay {
namespace {

/// A place between the baseline (0) and the image (1), and what its gradient weighs.
struct PathPoint {
  double alpha, weight;
};

std::vector<PathPoint> path_points(const std::string& rule, std::int64_t steps) {
  const bool midpoint = rule == "midpoint";
  const auto n = static_cast<double>(steps);
  std::vector<PathPoint> points;
  if (midpoint) points.push_back({0, 0});
  for (std::int64_t j = 0; j < steps; ++j) {
    const double alpha = (static_cast<double>(j) + (midpoint ? 0.5 : 0)) / (midpoint ? n : n - 1);
    const bool half = rule == "trapezoid" && (j == 0 || j + 1 == steps);
    points.push_back({alpha, (half ? 0.5 : 1) / (rule == "trapezoid" ? n - 1 : n)});
  }
  if (midpoint) points.push_back({1, 0});
  return points;
}

/// Of one class: the weighted sum of gradients [3,H,W], and the score at both ends.
struct PathIntegral {
  Tensor gradient;
  double at_baseline = 0, at_image = 0;

  void add(const Slopes& slopes, const std::vector<PathPoint>& points) {
    const std::int64_t count = slopes.gradients.size(0), last = std::ssize(points) - 1 - slopes.first;
    for (std::int64_t k = 0; k < count; ++k)
      gradient.add_(slopes.gradients[k], points[static_cast<std::size_t>(slopes.first + k)].weight);
    if (slopes.first == 0) at_baseline = slopes.scores[0].item<double>();
    if (last < count) at_image = slopes.scores[last].item<double>();
  }

  double gap(const Tensor& raw) const {
    const double change = at_image - at_baseline;
    return change == 0 ? kNaN : std::abs(raw.sum().item<double>() - change) / std::abs(change);
  }
};

class IntegratedGradients : public Method {
 public:
  explicit IntegratedGradients(Params& params)
      : steps_(params.get<std::int64_t>("steps", 128, "gradients on the way from the baseline to the image")),
        rule_(params.choice("rule", "endpoints", {"endpoints", "midpoint", "trapezoid"},
                            "where they are taken and how they are weighted")),
        baseline_(
            params.choice("baseline", "zero", {"zero", "black", "grey", "image-mean"},
                          "where the way begins: 0 after normalisation (the mean of the preprocessing), "
                          "pixels of 0, of 127.5, or the image's own mean colour")),
        score_(read_score(params, {"logit", "probability"})) {
    if (steps_ < 1) params.fail("steps", "must be at least 1");
    if (steps_ < 2 && rule_ != "midpoint")
      params.fail("steps", "must be at least 2: both ends are among them; or set rule: midpoint");
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const Tensor gaps = at::empty({std::ssize(queries)}, at::kDouble);
    const Tensor raw =
        image_by_image(queries, [&](const ImageQueries& one) { return explain_image(subject, one, gaps); });
    return {raw, {{"completeness_gap", "1", gaps}}};
  }

  Cost price(const Network& network) const override {
    const std::int64_t points = std::ssize(path_points(rule_, steps_));
    return cost_of_passes(network, points, points);
  }

 private:
  /// [q,3,H,W] in double; writes into `gaps`.
  Tensor explain_image(Subject& subject, const ImageQueries& one, const Tensor& gaps) const {
    const Tensor pixels = subject.pixels().narrow(0, one.image, 1);
    const Tensor input = subject.network().normalise(pixels)[0];
    const Tensor begin =
        baseline_ == "zero" ? at::zeros_like(input) : subject.network().normalise(baseline_pixels(pixels))[0];
    const Tensor way = input - begin;
    const std::vector<PathIntegral> integrals = integrate(subject, one.targets(), begin, way);
    std::vector<Tensor> maps;
    for (std::size_t q = 0; q < integrals.size(); ++q) {
      maps.push_back(way * integrals[q].gradient);
      gaps[one.places[q]] = integrals[q].gap(maps.back());
    }
    return at::stack(maps);
  }

  std::vector<PathIntegral> integrate(Subject& subject, const std::vector<std::int64_t>& targets,
                                      const Tensor& begin, const Tensor& way) const {
    const std::vector<PathPoint> points = path_points(rule_, steps_);
    std::vector<PathIntegral> integrals;
    for (std::size_t q = 0; q < targets.size(); ++q)
      integrals.push_back({at::zeros(way.sizes(), way.options().dtype(at::kDouble))});
    const auto fill = [&](std::int64_t first, const Tensor& batch) {
      for (std::int64_t k = 0; k < batch.size(0); ++k)
        batch[k].copy_(begin + way * points[static_cast<std::size_t>(first + k)].alpha);
    };
    subject.gradients_at(std::ssize(points), fill, targets, score_,
                         [&](const Slopes& slopes) { integrals[slopes.target].add(slopes, points); });
    return integrals;
  }

  /// Pixels [1,3,H,W] of any baseline but `zero`.
  Tensor baseline_pixels(const Tensor& pixels) const {
    if (baseline_ == "black") return at::zeros_like(pixels);
    if (baseline_ == "grey") return at::full_like(pixels, 127.5);
    return pixels.mean({2, 3}, /*keepdim=*/true).expand_as(pixels);
  }

  std::int64_t steps_;
  std::string rule_, baseline_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_integrated_gradients(Params& params) {
  return std::make_unique<IntegratedGradients>(params);
}

}  // namespace assay
