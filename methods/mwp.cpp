// Excitation backprop, marginal winning probability. Zhang, Lin, Brandt, Shen & Sclaroff, "Top-down neural
// attention by excitation backprop", ECCV 2016; IJCV 2018 (papers.md 4.1).
//   P(j) = x_j sum_i W+_ij P(i) / Z_i,   Z_i = sum_k W+_ik x_k   (i above, j below; W+ = max(W, 0), x =
//   max(input, 0); 0 where Z = 0)
// One-hot at the logit of the class, walked down to `layer`; raw = P there, per channel.
// Unlike grad it passes only excitatory weights and conserves its sum; unlike c-mwp it does not subtract the
// other classes.
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/excitation_walk.h"
#include "methods/method.h"

namespace assay {
namespace {

class WinningProbability : public Method {
 public:
  explicit WinningProbability(Params& params)
      : layer_(params.require<std::string>("layer",
                                           "layer whose output is mapped (assay network PATH lists them)")) {}

  std::optional<std::string> unsupported(const Network& network) const override {
    if (const auto problem = walk_problem(network, network.output(), layer_)) return problem;
    return map_problem(network, layer_);
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const Network& network = subject.canonised();
    const int layer = network.find(layer_);
    const auto walk = [&](std::span<const Tensor> activations, const Query& query) {
      return winning_probability(network, activations, query.target, layer);
    };
    return {subject.walk(queries, true, walk, "mwp at " + layer_)};
  }

  View view() const override {
    View view;
    view.positive = true;
    view.clamp = true;
    return view;
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

  std::vector<std::string> layer_keys() const override { return {"layer"}; }

  std::string note(const Network& network) const override { return clamp_note(network, layer_); }

 private:
  std::string layer_;
};

}  // namespace

std::unique_ptr<Method> make_mwp(Params& params) {
  return std::make_unique<WinningProbability>(params);
}

}  // namespace assay
