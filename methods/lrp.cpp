// Layer-wise relevance propagation. Bach, Binder, Montavon, Klauschen, Mueller & Samek, PLoS ONE 2015;
// Montavon, Binder, Lapuschkin, Samek & Mueller, "Layer-wise relevance propagation: an overview", 2019,
// section 10.2.
//   R = z_y at the logit of class y, 0 at the others; walked down to the normalised input x by the rules of
//   lrp_rules.h, in which e = `epsilon` (absolute) and g = `gamma`:
//   epsilon, gamma, z-plus: that rule in every layer
//   composite: by depth. With d = the number of conv and linear layers on the longest way from the input up
//   to
//     a layer (itself included; what is added or averaged counts those before it) and D = d of the logits,
//     layers with d / D up to `gamma_share` take gamma, those above epsilon. In a chain that is the layer's
//     rank; branches, and the heads of a network for mosaics, are as deep as they are each.
//   input: box: layers that read x itself, or what only drops, cuts out, reshapes or pads it, take z-box,
//   with
//     l = x of pixel 0 and h = x of pixel 255.
// Batch norms are folded into the weights before them; one without any is a linear layer of its own. LRN
// passes relevance as it is, as usual (so it is not the derivative of LRN that is followed). The default 1e-6
// is absolute, and far below what layers give: rule epsilon is LRP-0 with it in all but name.
// With epsilon = 0 and `input: same`, rule epsilon is input x gradient wherever layers are piecewise linear
// (ReLU, pooling; not LRN, not beyond 6 of ReLU6). Without biases sum R = z_y; biases, epsilon, and units
// that nothing excites swallow relevance: the figure `relevance_kept` says which share of z_y arrived
// (NaN where z_y is 0).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/core/statistics.h"
#include "harness/network/folded_norms.h"
#include "harness/network/heads.h"
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

/// By layer: conv and linear layers on the longest way from the input to its output.
std::vector<int> weighted_depths(const Network& network) {
  std::vector<int> depths;
  for (const Layer& layer : network.layers()) {
    int below = 0;
    for (const int input : layer.inputs) below = std::max(below, depths[static_cast<std::size_t>(input)]);
    depths.push_back(below + (has_weights(layer) ? 1 : 0));
  }
  return depths;
}

/// Whether its output holds values of its input, and zeros, alone.
bool hands_on(const Layer& layer) {
  return layer.kind == Kind::dropout || layer.kind == Kind::flatten || layer.kind == Kind::pad_channels ||
         is_cut(layer);
}

/// By layer: whether its output holds values of the network's input, and zeros, alone.
std::vector<bool> image_layers(const Network& network) {
  std::vector<bool> found;
  for (const Layer& layer : network.layers())
    found.push_back(layer.kind == Kind::input ||
                    (hands_on(layer) && found[static_cast<std::size_t>(layer.inputs[0])]));
  return found;
}

bool reads_image(const Layer& layer, const std::vector<bool>& image) {
  return has_weights(layer) && image[static_cast<std::size_t>(layer.inputs[0])];
}

/// What image_layers() hold on an image whose pixels all have that value, [1,...]; undefined for the others.
std::vector<Tensor> of_one_pixel(const Network& network, const std::vector<bool>& image, double pixel) {
  const Preprocess& p = network.preprocess();
  std::vector<Tensor> values{
      network.normalise(at::full({1, 3, p.height, p.width}, pixel, at::device(network.device())))};
  for (std::size_t i = 1; i < image.size(); ++i) {
    const Layer& layer = network.layers()[i];
    const Tensor inputs[] = {image[i] ? values[static_cast<std::size_t>(layer.inputs[0])] : Tensor()};
    values.push_back(image[i] ? Network::run(layer, inputs) : Tensor());
  }
  return values;
}

class LayerwiseRelevance : public Method {
 public:
  explicit LayerwiseRelevance(Params& params)
      : rules_(params.choice("rules", "composite", {"composite", "epsilon", "gamma", "z-plus"},
                             "rule of all layers, or one by depth")),
        epsilon_(params.get("epsilon", 1e-6, "what is added to the denominators, with their sign")),
        gamma_(params.get("gamma", 0.25, "by how much contributions of a unit's own sign are favoured")),
        gamma_share_(params.get("gamma_share", 0.5,
                                "share of the depth in layers with weights, from below, that takes gamma "
                                "(composite)")),
        box_(params.choice("input", rules_ == "epsilon" ? "same" : "box", {"box", "same"},
                           "rule of the layers that read the image: z-box, or the same as others") == "box"),
        by_layer_(params.choice("report", "end", {"end", "layers"},
                                "where the relevance that is kept is reported") == "layers") {
    if (!(epsilon_ >= 0 && std::isfinite(epsilon_))) params.fail("epsilon", "must be at least 0, and finite");
    if (!(gamma_ >= 0 && std::isfinite(gamma_))) params.fail("gamma", "must be at least 0, and finite");
    if (!(gamma_share_ >= 0 && gamma_share_ <= 1)) params.fail("gamma_share", "must lie in 0..1");
  }

  std::optional<std::string> unsupported(const Network& network) const override {
    for (const int i : walked_layers(network, network.output(), 0)) {
      const Layer& layer = network.layers()[static_cast<std::size_t>(i)];
      if (const auto problem = missing_rule(layer, "layer-wise relevance propagation")) return problem;
    }
    return std::nullopt;
  }

  Attribution attribute(Subject& subject, std::span<const Query> queries) const override {
    const FoldedNorms folded = fold_norms(subject.network());
    const Network& network = folded.network;
    const Rules rules = lrp_rules(steps(network));
    const std::vector<int> reported = reported_layers(network);
    // A row of a walk: the relevance of the input, then the share kept at each reported layer.
    const Tensor rows = subject.walk(
        queries, false,
        [&](std::span<const Tensor> original, const Query& query) {
          const std::vector<Tensor> activations = folded.activations(original);
          const Tensor& logits = activations.back();
          const Tensor seed = at::zeros(logits.sizes(), logits.options().dtype(at::kDouble));
          const Tensor logit = logits.reshape({-1})[query.target];
          seed.view({-1})[query.target] = logit;
          Conservation report;
          const Tensor relevance = propagate(network, activations, seed, rules, network.output(), 0, &report);
          std::vector<double> kept;
          for (const int layer : reported)
            kept.push_back(share_of(report.sums[static_cast<std::size_t>(layer)], logit));
          return at::cat({relevance.flatten(1), at::tensor(kept, relevance.options()).view({1, -1})}, 1);
        },
        words());
    const auto shares = std::ssize(reported);
    const Tensor& pixels = subject.pixels();
    return {.raw = rows.narrow(1, 0, rows.size(1) - shares)
                       .contiguous()
                       .view({rows.size(0), pixels.size(1), pixels.size(2), pixels.size(3)}),
            .figures = figures(network, reported, rows.narrow(1, rows.size(1) - shares, shares))};
  }

  Cost price(const Network& network) const override { return cost_of_passes(network, 1, 1); }

  std::string note(const Network& network) const override {
    const std::vector<bool> image = image_layers(network);
    const bool any =
        std::ranges::any_of(network.layers(), [&](const Layer& layer) { return reads_image(layer, image); });
    return box_ && !any ? "no layer with weights reads the image: no z-box" : "";
  }

 private:
  /// What tells these walks from others.
  std::string words() const {
    return fmt::format("LRP by {}, {}, {}, {}, {}, {}", rules_, epsilon_, gamma_, gamma_share_, box_,
                       by_layer_);
  }

  static double share_of(double sum, const Tensor& logit) {
    const double whole = logit.item<double>();
    return whole == 0 ? kNaN : sum / whole;
  }

  /// The input, and what feeds the logits from it if every layer is reported.
  std::vector<int> reported_layers(const Network& network) const {
    std::vector<int> reported{0};
    if (by_layer_)
      for (const int i : walked_layers(network, network.output(), 0)) reported.push_back(i);
    return reported;
  }

  static std::vector<Figure> figures(const Network& network, const std::vector<int>& reported,
                                     const Tensor& kept) {
    std::vector<Figure> figures;
    for (std::size_t i = 0; i < reported.size(); ++i) {
      const std::string& name = network.layers()[static_cast<std::size_t>(reported[i])].name;
      figures.push_back({.name = reported[i] == 0 ? "relevance_kept" : "relevance_at_" + name,
                         .unit = "1",
                         .values = kept.select(1, static_cast<std::int64_t>(i)).cpu().contiguous()});
    }
    return figures;
  }

  std::map<std::string, LrpStep> steps(const Network& network) const {
    const std::vector<bool> image = image_layers(network);
    const std::vector<Tensor> low = of_one_pixel(network, image, 0), high = of_one_pixel(network, image, 255);
    const std::vector<int> depths = weighted_depths(network);
    const double deepest = depths.back();
    std::map<std::string, LrpStep> steps;
    for (std::size_t i = 0; i < depths.size(); ++i) {
      const Layer& layer = network.layers()[i];
      if (!is_lrp_step(layer.kind)) continue;
      LrpStep step{.rule = rule_at(depths[i] / deepest), .epsilon = epsilon_, .gamma = gamma_};
      if (box_ && reads_image(layer, image)) {
        const auto read = static_cast<std::size_t>(layer.inputs[0]);
        step.rule = LrpRule::z_box;
        step.low = low[read];
        step.high = high[read];
      }
      steps[layer.name] = std::move(step);
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
