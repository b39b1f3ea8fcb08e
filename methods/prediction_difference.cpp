// Prediction difference analysis. Zintgraf, Cohen, Adel & Welling, "Visualizing deep neural network
// decisions: prediction difference analysis", ICLR 2017 (papers.md 2.2). A k x k window w slides over the
// image; what stands in it, in all channels at once, is taken for unknown:
//   q_w = 1/S sum_s p(c | x with sample s in w)
//   map_i = 1/n_i sum_{w covers i} WE_w,  WE_w = log2 odds(p(c|x)) - log2 odds(q_w)   (evidence.h; n_i =
//   windows over pixel i)
// sampling: conditional: samples from the Gaussian of l x l patches, given the pixels around the window
//                        (patch_sampler.h);
//           marginal:    the same place of the first S images of the file that are another image.
// Windows lie inside the image, a stride apart, and the last one at its edge; a pixel that none covers
// (stride > k) has 0. What differs from the published code: its last batch counts one window twice; the
// file's images, not those of the run, are sampled from, so that a map does not depend on which images are
// explained together. Unlike occ, a window becomes what could be there, not grey, and values are signed log
// odds.
#include <fmt/format.h>

#include <algorithm>

#include "harness/core/hash.h"
#include "harness/core/seed.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/by_image.h"
#include "methods/evidence.h"
#include "methods/input_scale.h"
#include "methods/method.h"
#include "methods/occlusion_grid.h"
#include "methods/patch_sampler.h"

namespace assay {
namespace {

constexpr std::int64_t kWindowsAtOnce = 64;  // bounds the memory; no result depends on it

std::vector<std::int64_t> window_firsts(std::int64_t side, std::int64_t window, std::int64_t stride) {
  std::vector<std::int64_t> firsts;
  for (std::int64_t at = 0; at + window < side; at += stride) firsts.push_back(at);
  firsts.push_back(side - window);
  return firsts;
}

class PredictionDifference : public Method {
 public:
  explicit PredictionDifference(Params& params)
      : window_(positive(params, "window", 10, "k, side of the square, px")),
        context_(positive(params, "context", 14, "l, side of the patch whose other pixels are given, px")),
        stride_(positive(params, "stride", 1, "step between squares, px")),
        samples_(positive(params, "samples", 10, "S, samples of a square")),
        conditional_(params.choice("sampling", "conditional", {"conditional", "marginal"},
                                   "given the pixels around, or the same place of other images") ==
                     "conditional"),
        evidence_(params) {
    read_file(params);
  }

  std::optional<std::string> unsupported(const Network& network) const override {
    const Preprocess& p = network.preprocess();
    if (network.outputs() < 2) return "the network has one output, whose probability is always 1";
    if (p.height != patches_.height() || p.width != patches_.width())
      return fmt::format("patches: fitted at {}x{}, the network reads {}x{}; fit them for this network",
                         patches_.height(), patches_.width(), p.height, p.width);
    if (window_ > p.height || window_ > p.width)
      return fmt::format("window {} does not fit into the {}x{} input", window_, p.height, p.width);
    return std::nullopt;
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    return {image_by_image(queries, [&](const ImageQueries& one) { return explain_image(subject, one); })};
  }

  Cost price(const Network& network) const override {
    const WindowPlans plans(network);
    Cost windows;
    for (const Patch& patch : places(network.preprocess().height, network.preprocess().width)) {
      ++windows.forwards;
      windows.work += plans.plan(plans.key(patch.top, patch.left, window_, window_)).work();
    }
    Cost cost = windows * samples_;
    cost.work.done += multiply_adds(network);
    cost += cost_of_passes(network, 1);
    return cost;
  }

  std::string shared_work() const override {
    return fmt::format("prediction-difference {} {} {} {} {} {}", window_, context_, stride_, samples_,
                       conditional_, content_);
  }

  bool uses_seed() const override { return conditional_; }

 private:
  void read_file(Params& params) {
    const auto file = params.require<std::string>("patches", "file that 'assay fit-patches' wrote");
    if (params.is_describing()) return;
    try {
      patches_ = load_patches(file);
      content_ = hash_file(file).hex();
    } catch (const DataError& error) {
      params.fail("patches", error.what());
    }
    params.resolve("patches", content_);  // where it lies is nobody's identity
    if (!conditional_) {
      if (patches_.images.size(0) <= samples_)
        params.fail("samples", fmt::format("the file holds {} images, one of which may be the explained "
                                           "one; lower it, or fit with a larger --keep",
                                           patches_.images.size(0)));
      return;
    }
    if (window_ >= context_) params.fail("context", "must be larger than the window");
    if (context_ > patches_.side())
      params.fail("context", fmt::format("the file knows patches of {} px a side; lower it, or fit with a "
                                         "larger --side",
                                         patches_.side()));
    patches_ = patches_.cut_to(context_);
  }

  std::vector<Patch> places(std::int64_t height, std::int64_t width) const {
    std::vector<Patch> places;
    for (const std::int64_t top : window_firsts(height, window_, stride_))
      for (const std::int64_t left : window_firsts(width, window_, stride_))
        places.push_back({top, left, top + window_, left + window_});
    return places;
  }

  /// [q,1,H,W].
  Tensor explain_image(Subject& subject, const ImageQueries& one) const {
    const std::int64_t height = subject.pixels().size(2), width = subject.pixels().size(3);
    const std::vector<Patch> places = this->places(height, width);
    const std::vector<std::int64_t> targets = one.targets();
    const Tensor p = scores_of(subject.logits(one.image).unsqueeze(0), Score::probability)[0];
    const KeptClasses kept(std::ssize(places), p.size(0), targets);
    const std::string key = fmt::format("{} of image {}{}", shared_work(), one.image, kept.words());
    const Tensor& without =
        subject.shared<Tensor>(key, [&] { return sample(subject, one.image, kept.classes(), places); });
    const double* q = without.data_ptr<double>();
    std::vector<Tensor> maps;
    for (const std::int64_t target : targets) {
      const double whole = p[target].item<double>();
      const std::int64_t place = kept.place(target);
      std::vector<double> lost;
      for (std::int64_t w = 0; w < std::ssize(places); ++w)
        lost.push_back(evidence_.lost(whole, q[w * kept.size() + place], p.size(0)));
      const PatchSums sums = sum_patches(places, lost, height, width);
      maps.push_back((sums.covered / sums.count).masked_fill(sums.count == 0, 0).unsqueeze(0));
    }
    return at::stack(maps);
  }

  /// q of each window and class, [W,classes].
  Tensor sample(Subject& subject, std::int64_t image, std::span<const std::int64_t> classes,
                const std::vector<Patch>& places) const {
    const InputScale scale(subject.network());
    const auto draw = sampler(subject, image);
    std::vector<Tensor> means;
    for (std::size_t first = 0; first < places.size(); first += kWindowsAtOnce) {
      std::vector<Perturbation> drawn;
      for (std::size_t i = first; i < std::min(first + kWindowsAtOnce, places.size()); ++i) {
        const Tensor pixels = scale.normalised(draw(places[i]), places[i].top, places[i].left);
        for (std::int64_t s = 0; s < samples_; ++s)
          drawn.push_back({.top = places[i].top, .left = places[i].left, .pixels = pixels[s]});
      }
      means.push_back(mean_probabilities(subject.predict(image, drawn), samples_, classes));
    }
    return at::cat(means);
  }

  /// What gives the samples of a window: [S,3,k,k] in double.
  std::function<Tensor(const Patch&)> sampler(const Subject& subject, std::int64_t image) const {
    const PatchStatistics statistics = patches_.in_order(subject.network().preprocess().bgr);
    const Tensor pixels = subject.pixels()[image].to(at::kCPU, at::kDouble);
    if (!conditional_) {
      const Tensor others = other_images(statistics.images, pixels);
      return [this, others](const Patch& window) {
        return others.narrow(2, window.top, window_).narrow(3, window.left, window_).to(at::kDouble);
      };
    }
    const std::uint64_t seed = mix_seed(subject.seed(image), "prediction-difference");
    return [this, pixels, seed, patches = PatchSampler(statistics, window_)](const Patch& window) mutable {
      const auto place = static_cast<std::uint64_t>(window.top * pixels.size(2) + window.left);
      return patches.draw(pixels, window.top, window.left, samples_, mix_seed({seed, place}));
    };
  }

  Tensor other_images(const Tensor& images, const Tensor& pixels) const {
    std::vector<Tensor> others;
    for (const Tensor& one : images.unbind())
      if (std::ssize(others) < samples_ && !at::equal(one.to(at::kDouble), pixels)) others.push_back(one);
    ASSAY_ASSERT(std::ssize(others) == samples_);
    return at::stack(others);
  }

  std::int64_t window_, context_, stride_, samples_;
  bool conditional_;
  Evidence evidence_;
  PatchStatistics patches_;
  std::string content_;  // hash of the file
};

}  // namespace

std::unique_ptr<Method> make_prediction_difference(Params& params) {
  return std::make_unique<PredictionDifference>(params);
}

}  // namespace assay
