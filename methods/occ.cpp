// Occlusion. Zeiler & Fergus, "Visualizing and understanding convolutional networks", ECCV 2014; the map of
// Selvaraj, Veloso & Rosenthal, "Classifier-based evaluation of image feature importance", GCAI 2018. A grey
// square slides over the image; p_j = score of the class with the square at position j.
//   corrected: H_i = 1 - (1/n_i) sum_{j covers i} p_j     (n_i = number of squares over pixel i)
//   literal:   H_i = 1 - (1/J) sum_j V_ij p_j, V_ij = 0 where square j covers i, else 1: their Eq. (1) as
//   printed, which
//              ranks pixels by UNimportance (papers.md 8.3, item 1).
//   drop:      H_i = s - (1/n_i) sum_{j covers i} p_j, s = score of the whole image: signed, as localisation
//              games want it (papers.md 5.3).
// A pixel that no square covers (stride > patch, or no overhang) has p of the whole image in place of the
// mean. For the score `logit` the "1 -" only shifts the map. Unlike grad, needs hundreds of forwards (of the
// windows that a square can reach) and no
// backward pass.
#include <fmt/format.h>

#include "harness/network/shapes.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/method.h"
#include "methods/occlusion_grid.h"
#include "methods/scores.h"

namespace assay {
namespace {

class Occlusion : public Method {
 public:
  explicit Occlusion(Params& params)
      : patch_(params.get<std::int64_t>("patch", 10, "side of the square, px")),
        stride_(params.get<std::int64_t>("stride", 10, "step between squares, px")),
        fill_(params.get("fill", 127.5, "value of the square, 0..255, all channels")),
        overhang_(params.get("overhang", true,
                             "squares may overhang, so that borders are covered as often as the rest")),
        formula_(params.choice("formula", "corrected", {"corrected", "literal", "drop"},
                               "sign of the map (the paper's Eq. 1), or by how much the score falls")),
        score_(read_score(params, {"probability", "logit-share", "logit"})) {
    if (patch_ < 1) params.fail("patch", "must be at least 1");
    if (stride_ < 1) params.fail("stride", "must be at least 1");
    if (!(fill_ >= 0 && fill_ <= 255)) params.fail("fill", "must lie in 0..255");
  }

  std::optional<std::string> unsupported(const Network& network) const override {
    const Preprocess& p = network.preprocess();
    if (overhang_ || (patch_ <= p.height && patch_ <= p.width)) return std::nullopt;
    return fmt::format("patch {} does not fit into the {}x{} input; set overhang: true", patch_, p.height,
                       p.width);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const auto patches = positions(subject.pixels().size(2), subject.pixels().size(3));
    std::vector<Tensor> maps;
    const auto squares = this->squares(subject.network(), patches);
    for (const Query& query : queries) maps.push_back(map(subject, patches, squares, query));
    return {at::stack(maps).unsqueeze(1)};
  }

  Cost price(const Network& network) const override {
    const auto patches = positions(network.preprocess().height, network.preprocess().width);
    const WindowPlans plans(network);
    Cost cost{.forwards = static_cast<std::int64_t>(patches.size()),
              .work = {.done = multiply_adds(network)}};
    for (const Patch& patch : patches) {
      const auto [top, left] = corner(patch);
      cost.work += plans.plan(plans.key(top, left, patch_, patch_)).work();
    }
    if (formula_ == "drop") cost += cost_of_passes(network, 1);
    return cost;
  }

  /// 2: only what a square can reach is computed anew, which rounds otherwise.
  int version() const override { return 2; }

  std::string shared_work() const override {
    return fmt::format("occ {} {} {} {}", patch_, stride_, fill_, overhang_);
  }

 private:
  std::vector<Patch> positions(std::int64_t height, std::int64_t width) const {
    return patch_positions(height, width, patch_, stride_, overhang_);
  }

  /// Of the whole square, of which a patch is the part on the image.
  std::pair<std::int64_t, std::int64_t> corner(const Patch& patch) const {
    return {patch.top > 0 ? patch.top : patch.bottom - patch_,
            patch.left > 0 ? patch.left : patch.right - patch_};
  }

  /// The square at each position; one that overhangs is written as a whole, so that all are of one size.
  std::vector<Perturbation> squares(const Network& network, const std::vector<Patch>& patches) const {
    const Preprocess& p = network.preprocess();
    const Tensor grey = network.normalise(at::full({1, 3, p.height, p.width}, fill_, at::kFloat))[0];
    const Tensor wide = at::constant_pad_nd(grey, {patch_, patch_, patch_, patch_});
    std::vector<Perturbation> squares;
    for (const Patch& patch : patches) {
      const auto [top, left] = corner(patch);
      squares.push_back({.top = top,
                         .left = left,
                         .pixels = wide.narrow(1, top + patch_, patch_).narrow(2, left + patch_, patch_)});
    }
    return squares;
  }

  /// [H,W] in double.
  Tensor map(Subject& subject, const std::vector<Patch>& patches, const std::vector<Perturbation>& squares,
             const Query& query) const {
    const Tensor p = scores_of(subject.predict_shared(shared_work(), query.image, squares), score_)
                         .select(1, query.target);
    const Tensor list = p.contiguous();
    const std::vector<double> scores(list.data_ptr<double>(), list.data_ptr<double>() + list.numel());
    const PatchSums sums = sum_patches(patches, scores, subject.pixels().size(2), subject.pixels().size(3));
    if (formula_ == "literal") return literal_map(sums);
    const bool all_covered = sums.count.min().item<double>() > 0;
    if (formula_ == "corrected") return corrected_map(sums, all_covered ? 0 : score_of_whole(subject, query));
    const double whole = score_of_whole(subject, query);
    return whole - 1 + corrected_map(sums, whole);
  }

  double score_of_whole(Subject& subject, const Query& query) const {
    return scores_of(subject.logits(query.image).unsqueeze(0), score_)[0][query.target].item<double>();
  }

  std::int64_t patch_, stride_;
  double fill_;
  bool overhang_;
  std::string formula_;
  Score score_;
};

}  // namespace

std::unique_ptr<Method> make_occ(Params& params) {
  return std::make_unique<Occlusion>(params);
}

}  // namespace assay
