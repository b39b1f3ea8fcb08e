// Regional multi-scale prediction difference. Seo, Oh & Oh, "Regional multi-scale approach for visually
// pleasing explanations of deep neural networks", arXiv 1807.11720, IEEE Access 2020. Their abstract is all
// that was at hand: what it leaves open is OUR READING (papers.md 2.1), and each other reading there is a
// parameter.
//   q_r = 1/S sum_s p(c | x with sample s in region r)
//   map_i = 1/T sum_t WE_{r_t(i)},  WE_r = log2 odds(p(c|x)) - log2 odds(q_r)   (evidence.h)
// r_t(i) = the superpixel over pixel i at scale t of T (SLIC, superpixels.h); a sample's pixels are
// independent draws from the normal distribution of colours at the border of the image (background.h).
//   fusion: mean (above), or min-max: every scale is brought to [0,1] before the mean.
// Superpixels are no rectangles: the window that is computed anew is the superpixel's bounding box, enlarged
// to multiples of 32 px so that many have one plan, and a mask keeps the image around the superpixel. That is
// exact, and fine scales cost what a square of their size costs occ; coarse ones nearly whole forwards.
// Unlike prediction-difference it follows the image's contours, with a hundredth of the samples.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/background.h"
#include "methods/by_image.h"
#include "methods/evidence.h"
#include "methods/input_scale.h"
#include "methods/method.h"
#include "methods/superpixels.h"

namespace assay {
namespace {

constexpr std::int64_t kSideStep = 32;       // px; sizes of bounding boxes are multiples of it
constexpr std::int64_t kRegionsAtOnce = 16;  // bounds the memory; no result depends on it

/// A length along a side of the image, rounded up.
std::int64_t stepped(std::int64_t length, std::int64_t side) {
  return std::min((length + kSideStep - 1) / kSideStep * kSideStep, side);
}

/// The rectangle that is computed anew for a region.
struct RegionWindow {
  std::int64_t top, left;
  Tensor mask;  // bool [h,w], CPU: where the region is
};

RegionWindow window_of_region(const Tensor& region) {
  const auto extent = [&](std::int64_t other) {
    const Tensor places = region.any(other).nonzero();
    const std::int64_t first = places.min().item<std::int64_t>(),
                       last = places.max().item<std::int64_t>() + 1;
    const std::int64_t side = region.size(1 - other), length = stepped(last - first, side);
    return std::pair(std::min(first, side - length), length);
  };
  const auto [top, height] = extent(1);
  const auto [left, width] = extent(0);
  return {top, left, region.narrow(0, top, height).narrow(1, left, width).contiguous()};
}

class RegionalPredictionDifference : public Method {
 public:
  explicit RegionalPredictionDifference(Params& params)
      : superpixels_(params),
        samples_(positive(params, "samples", 10, "S, samples of a region")),
        background_(params),
        by_min_max_(params.choice("fusion", "mean", {"mean", "min-max"},
                                  "scales are averaged as they are, or each scaled to [0,1]") == "min-max"),
        evidence_(params) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    if (network.outputs() < 2) return "the network has one output, whose probability is always 1";
    return std::nullopt;
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) { return explain_image(subject, one); })};
  }

  /// Evidence for the class, as papers.md reads the paper's pictures.
  View view() const override {
    View view;
    view.positive = true;
    return view;
  }

  /// As if every scale had the superpixels that were asked for, half as long again as they are wide.
  Cost price(const Network& network) const override {
    const std::int64_t height = network.preprocess().height, width = network.preprocess().width;
    const WindowPlans plans(network);
    Cost cost = cost_of_passes(network, 1);
    cost.work.done += multiply_adds(network);
    for (const std::int64_t segments : superpixels_.scales()) {
      const double side = std::sqrt(static_cast<double>(height * width) / static_cast<double>(segments));
      const auto length = static_cast<std::int64_t>(std::ceil(1.5 * side));
      const std::int64_t h = stepped(length, height), w = stepped(length, width);
      const Cost region{.forwards = 1,
                        .work = plans.plan(plans.key((height - h) / 2, (width - w) / 2, h, w)).work()};
      cost += region * (segments * samples_);
    }
    return cost;
  }

  std::string shared_work() const override {
    return fmt::format("regional-prediction-difference {} {} {}", superpixels_.words(), samples_,
                       background_.words());
  }

  bool uses_seed() const override { return true; }

 private:
  /// [q,1,H,W].
  Tensor explain_image(Subject& subject, const ImageQueries& one) const {
    const std::vector<Tensor>& labels = superpixels_.of(subject, one.image);
    const std::vector<std::int64_t> targets = one.targets();
    const Tensor p = scores_of(subject.logits(one.image).unsqueeze(0), Score::probability)[0];
    std::int64_t regions = 0;
    for (const Tensor& one_scale : labels) regions += count_labels(one_scale);
    const KeptClasses kept(regions, p.size(0), targets);
    const std::string key = fmt::format("{} of image {}{}", shared_work(), one.image, kept.words());
    const std::vector<Tensor>& without = subject.shared<std::vector<Tensor>>(key, [&] {
      std::vector<Tensor> scales;
      for (std::size_t t = 0; t < labels.size(); ++t)
        scales.push_back(sample(subject, one.image, kept.classes(), labels[t], superpixels_.scales()[t]));
      return scales;
    });
    std::vector<Tensor> maps;
    for (const std::int64_t target : targets) {
      const double whole = p[target].item<double>();
      maps.push_back(fused(labels, [&](std::size_t t) {
                       const Tensor q = without[t].select(1, kept.place(target));
                       return scale_map(whole, q, p.size(0), labels[t]);
                     }).unsqueeze(0));
    }
    return at::stack(maps);
  }

  /// Of one class and scale, q [n].
  Tensor scale_map(double whole, const Tensor& q, std::int64_t classes, const Tensor& labels) const {
    std::vector<double> lost;
    for (std::int64_t r = 0; r < q.size(0); ++r)
      lost.push_back(evidence_.lost(whole, q[r].item<double>(), classes));
    const Tensor map = spread(at::tensor(lost, at::kDouble), labels);
    return by_min_max_ ? min_max(map).to(at::kDouble) : map;
  }

  /// q of each region of a scale and class, [n,classes].
  Tensor sample(Subject& subject, std::int64_t image, std::span<const std::int64_t> classes,
                const Tensor& labels, std::int64_t scale) const {
    const Tensor pixels = subject.pixels()[image].to(at::kCPU, at::kDouble);
    const InputScale input(subject.network());
    const std::int64_t regions = count_labels(labels);
    const std::uint64_t seed = mix_seed(
        {mix_seed(subject.seed(image), "regional-prediction-difference"), static_cast<std::uint64_t>(scale)});
    std::vector<Tensor> means;
    for (std::int64_t first = 0; first < regions; first += kRegionsAtOnce) {
      std::vector<Perturbation> drawn;
      for (std::int64_t r = first; r < std::min(first + kRegionsAtOnce, regions); ++r)
        add_samples(pixels, labels == r, mix_seed({seed, static_cast<std::uint64_t>(r)}), input, drawn);
      for (Perturbation& one : drawn) one.mask = one.mask.to(subject.pixels().device());
      means.push_back(mean_probabilities(subject.predict(image, drawn), samples_, classes));
    }
    return at::cat(means);
  }

  void add_samples(const Tensor& pixels, const Tensor& region, std::uint64_t seed, const InputScale& input,
                   std::vector<Perturbation>& drawn) const {
    const RegionWindow window = window_of_region(region);
    const Tensor places = window.mask.reshape({-1}).nonzero().squeeze(1);
    const ColourNormal colours = background_.colours(pixels, region);
    for (std::int64_t s = 0; s < samples_; ++s) {
      const Tensor values = at::zeros({3, window.mask.numel()}, at::kDouble);
      values.index_copy_(
          1, places,
          background_.draw(colours, places.size(0), mix_seed({seed, static_cast<std::uint64_t>(s)})));
      const Tensor patch = values.view({3, window.mask.size(0), window.mask.size(1)});
      drawn.push_back({.top = window.top,
                       .left = window.left,
                       .pixels = input.normalised(patch, window.top, window.left),
                       .mask = window.mask});
    }
  }

  Superpixels superpixels_;
  std::int64_t samples_;
  Background background_;
  bool by_min_max_;
  Evidence evidence_;
};

}  // namespace

std::unique_ptr<Method> make_regional_prediction_difference(Params& params) {
  return std::make_unique<RegionalPredictionDifference>(params);
}

}  // namespace assay
