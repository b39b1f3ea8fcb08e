// Contrastive excitation backprop. Zhang, Lin, Brandt, Shen & Sclaroff, "Top-down neural attention by
// excitation backprop", ECCV 2016; IJCV 2018 (papers.md 4.2).
//   D = P - Q at the contrast layer: P = winning probabilities of the class (rule of mwp.cpp), Q = the same
//   with W- = max(-W, 0) in the classifier layer, the dual unit "not this class"; D walks on with the rule of
//   mwp.cpp to `layer`.
// P and Q sum to 1 each, so D sums to 0: what all classes share cancels. That is the difference from mwp, and
// the reason for walking in double.
#include <fmt/format.h>

#include "harness/network/heads.h"
#include "harness/network/propagate.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/excitation_walk.h"
#include "methods/method.h"

namespace assay {
namespace {

class ContrastiveWinningProbability : public Method {
 public:
  explicit ContrastiveWinningProbability(Params& params)
      : layer_(params.require<std::string>("layer",
                                           "layer whose output is mapped (assay network PATH lists them)")),
        contrast_(params.require<std::string>("contrast",
                                              "layer where the dual is subtracted, below the classifier")) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    const int classifier = classifier_of(network);
    if (classifier < 0) return "no conv or linear layer to contrast";
    const std::string& classifier_name = network.layers()[static_cast<std::size_t>(classifier)].name;
    if (behind_cuts(network)[static_cast<std::size_t>(classifier)])
      return fmt::format(
          "layer '{}' is the classifier of one cell of the mosaic: there is no classifier of "
          "all cells to contrast; use mwp",
          classifier_name);
    if (const auto problem = walk_problem(network, network.output(), classifier_name)) return problem;
    if (const auto problem = walk_problem(network, classifier, contrast_)) return problem;
    if (contrast_ == classifier_name)
      return fmt::format("contrast layer '{}' is the classifier itself; choose a layer below it", contrast_);
    if (const auto problem = walk_problem(network, network.find(contrast_), layer_)) return problem;
    return map_problem(network, layer_);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const Network& network = subject.canonised();
    const int contrast = network.find(contrast_), layer = network.find(layer_);
    const auto walk = [&](std::span<const Tensor> activations, const Query& query) {
      const Contrast signals = contrast_at(network, activations, query.target, contrast);
      return propagate(network, activations, signals.plain - signals.dual, excitation_rules(), contrast,
                       layer);
    };
    return {subject.walk(queries, true, walk, "c-mwp at " + layer_ + " from " + contrast_)};
  }

  View view() const override {
    View view;
    view.positive = true;
    view.clamp = true;
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

  std::vector<std::string> layer_keys() const override { return {"layer", "contrast"}; }

  std::string note(const Network& network) const override { return clamp_note(network, layer_); }

 private:
  std::string layer_, contrast_;
};

}  // namespace

std::unique_ptr<Method> make_c_mwp(Params& params) {
  return std::make_unique<ContrastiveWinningProbability>(params);
}

}  // namespace assay
