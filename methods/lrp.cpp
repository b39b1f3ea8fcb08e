// Layer-wise relevance propagation. Bach, Binder, Montavon, Klauschen, Mueller & Samek, PLoS ONE 2015;
// Montavon, Binder, Lapuschkin, Samek & Mueller, "Layer-wise relevance propagation: an overview", 2019,
// section 10.2.
//   R = z_y at the logit of class y, 0 at the others; walked down to the normalised input x by the rules of
//   lrp_rules.h, in which e = `epsilon` (absolute) and g = `gamma`:
//   epsilon, gamma, z-plus: that rule in every layer
//   composite: by position. Of the n conv and linear layers in the order of the list, and what is added or
//     averaged behind each, those up to the share `gamma_share` take gamma, those above epsilon.
//   input: box: layers that read x itself take z-box, with l = x of pixel 0 and h = x of pixel 255.
// Batch norms are folded into the weights before them; one without any is a linear layer of its own. LRN
// passes relevance as it is, as usual (so it is not the derivative of LRN that is followed).
// With epsilon = 0 and `input: same`, rule epsilon is input x gradient wherever layers are piecewise linear
// (ReLU, pooling; not LRN, not beyond 6 of ReLU6). Without biases sum R = z_y; biases, epsilon, and units
// that nothing excites swallow relevance: the figure `relevance_kept` says which share of z_y arrived.
#include <fmt/format.h>

#include <algorithm>

#include "harness/network/folded_norms.h"
#include "harness/network/lrp_rules.h"
#include "harness/network/propagate.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/method.h"

namespace assay {
namespace {

bool has_weights(const Layer& layer) {
  return layer.kind == Kind::conv || layer.kind == Kind::linear;
}

class LayerwiseRelevance : public Method {
 public:
  explicit LayerwiseRelevance(Params& params)
      : rules_(params.choice("rules", "composite", {"composite", "epsilon", "gamma", "z-plus"},
                             "rule of all layers, or one by position")),
        epsilon_(params.get("epsilon", 1e-6, "what is added to the denominators, with their sign")),
        gamma_(params.get("gamma", 0.25, "by how much contributions of a unit's own sign are favoured")),
        gamma_share_(params.get("gamma_share", 0.5,
                                "share of the layers with weights, from below, that take gamma (composite)")),
        box_(params.choice("input", rules_ == "epsilon" ? "same" : "box", {"box", "same"},
                           "rule of the layers that read the image: z-box, or the same as others") == "box"),
        by_layer_(params.choice("report", "end", {"end", "layers"},
                                "where the relevance that is kept is reported") == "layers") {
    if (!(epsilon_ >= 0)) params.fail("epsilon", "must be at least 0");
    if (!(gamma_ >= 0)) params.fail("gamma", "must be at least 0");
    if (!(gamma_share_ >= 0 && gamma_share_ <= 1)) params.fail("gamma_share", "must lie in 0..1");
  }

  std::optional<std::string> unsupported(const Network& network) const override {
    for (const int i : walked_layers(network, network.output(), 0)) {
      const Layer& layer = network.layers()[static_cast<std::size_t>(i)];
      if (layer.kind == Kind::opaque || layer.kind == Kind::softmax)
        return fmt::format("layer '{}' ({}): layer-wise relevance propagation has no rule for it", layer.name,
                           layer.opaque ? layer.opaque->name() : std::string(name_of(layer.kind)));
    }
    return std::nullopt;
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const FoldedNorms folded = fold_norms(subject.network());
    const Network& network = folded.network;
    const Rules rules = lrp_rules(steps(network));
    const std::vector<int> reported = reported_layers(network);
    std::vector<std::vector<double>> kept(reported.size());  // by reported layer, by query
    const Tensor raw =
        subject.walk(queries, false, [&](std::span<const Tensor> original, const Query& query) {
          const std::vector<Tensor> activations = folded.activations(original);
          const Tensor& logits = activations.back();
          const Tensor seed = at::zeros(logits.sizes(), logits.options().dtype(at::kDouble));
          const Tensor logit = logits.reshape({-1})[query.target];
          seed.view({-1})[query.target] = logit;
          Conservation report;
          Tensor relevance = propagate(network, activations, seed, rules, network.output(), 0, &report);
          for (std::size_t i = 0; i < reported.size(); ++i)
            kept[i].push_back(report.sums[static_cast<std::size_t>(reported[i])] / logit.item<double>());
          return relevance;
        });
    return {.raw = raw, .figures = figures(network, reported, kept)};
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

 private:
  /// The input, and what feeds the logits from it if every layer is reported.
  std::vector<int> reported_layers(const Network& network) const {
    std::vector<int> reported{0};
    if (by_layer_)
      for (const int i : walked_layers(network, network.output(), 0)) reported.push_back(i);
    return reported;
  }

  static std::vector<Figure> figures(const Network& network, const std::vector<int>& reported,
                                     const std::vector<std::vector<double>>& kept) {
    std::vector<Figure> figures;
    for (std::size_t i = 0; i < reported.size(); ++i) {
      const std::string& name = network.layers()[static_cast<std::size_t>(reported[i])].name;
      figures.push_back({.name = reported[i] == 0 ? "relevance_kept" : "relevance_at_" + name,
                         .unit = "1",
                         .values = at::tensor(kept[i], at::kDouble)});
    }
    return figures;
  }

  std::map<std::string, LrpStep> steps(const Network& network) const {
    const Preprocess& p = network.preprocess();
    const auto input_of = [&](double pixel) {
      return network.normalise(at::full({1, 3, p.height, p.width}, pixel, at::device(network.device())));
    };
    const Tensor low = input_of(0), high = input_of(255);
    const auto layers = network.layers();
    const auto weighted = static_cast<double>(std::ranges::count_if(layers, has_weights));
    std::map<std::string, LrpStep> steps;
    double rank = 0;
    for (const Layer& layer : layers) {
      if (!is_lrp_step(layer.kind)) continue;
      rank += has_weights(layer) ? 1 : 0;
      const bool reads_image = has_weights(layer) && layer.inputs[0] == 0;
      const LrpRule rule = box_ && reads_image ? LrpRule::z_box : rule_at(rank / weighted);
      steps[layer.name] = {.rule = rule, .epsilon = epsilon_, .gamma = gamma_, .low = low, .high = high};
    }
    return steps;
  }

  LrpRule rule_at(double position) const {
    if (rules_ == "epsilon") return LrpRule::epsilon;
    if (rules_ == "gamma") return LrpRule::gamma;
    if (rules_ == "z-plus") return LrpRule::z_plus;
    return position <= gamma_share_ ? LrpRule::gamma : LrpRule::epsilon;
  }

  std::string rules_;
  double epsilon_, gamma_, gamma_share_;
  bool box_, by_layer_;
};

}  // namespace

std::unique_ptr<Method> make_lrp(Params& params) {
  return std::make_unique<LayerwiseRelevance>(params);
}

}  // namespace assay
