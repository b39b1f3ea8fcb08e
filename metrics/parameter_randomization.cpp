// Model parameter randomization test. Adebayo et al., "Sanity checks for saliency maps", NeurIPS 2018
// (papers.md 6.1).
//   s_k = similarity(A, A_k), A_k = the map on network k, k = 1 .. K
// Network k has the weights of some stages (network/randomise.h) drawn anew: cascading from the logits down,
// from the input up, or one stage at a time. The four similarities are those of vision/similarity.h; what is
// observed are their curves. One draw of the weights a run, for all images and methods, as in the paper; each
// stage is drawn from a seed of its own, by its name. Differences from the paper: stages are layers, not
// Inception's blocks; by default the class of the original map is explained throughout (`target: fixed`; the
// published notebooks explain the argmax of each network).
// sMPRT (Hedstroem 2024): `samples` > 1, A and A_k are means over noisy inputs (remake.h), of maps as their
// view shows them. eMPRT (the same): (H(A_K) - H(A)) / H(A), H = entropy of the histogram in `bins` bins,
// network K random throughout.
// A map that is another one each time it is explained changes without reason: A is also compared with A'
// explained again on the same network with other random numbers (repeat).
#include <fmt/format.h>

#include <map>

#include "harness/network/tensor.h"
#include "metrics/map_comparison.h"
#include "metrics/randomization_journey.h"

namespace assay {
namespace {

class ParameterRandomization : public Metric {
 public:
  explicit ParameterRandomization(Params& params) : settings_(read_similarity_settings(params)) {
    orders_ = params.get<std::vector<std::string>>(
        "order", {"top-down"}, "which weights are drawn anew first: top-down, bottom-up, independent");
    settings_["init"] = params.choice("init", "fan-in", {"fan-in", "truncated", "resampled", "permuted"},
                                      "what weights become: normal by fan-in, normal 0.01, their own values");
    settings_["stages"] = params.get<std::int64_t>("stages", 10, "steps, spread evenly; 0 = every layer");
    settings_["target"] = params.choice("target", "fixed", {"fixed", "predicted"},
                                        "class that is explained: that of the map, or each network's own");
    settings_["seed"] = params.choice("seed", "same", {"same", "fresh"},
                                      "random numbers of the maps: those of the first map, or others");
    settings_["samples"] = positive(params, "samples", 1, "noisy inputs averaged in a map (sMPRT: 50)");
    settings_["noise"] = params.get("noise", 0.1, "their deviation, as a share of the pixels' range");
    settings_["bins"] = positive(params, "bins", 100, "of the histogram of eMPRT");
    check(params);
  }

  std::vector<Column> columns() const override { return randomization_columns(); }
  std::vector<Column> curves() const override { return randomization_curves(); }

  std::vector<Variant> variants() const override {
    std::vector<Variant> all;
    for (const std::string& order : orders_) {
      Json settings = settings_;
      settings["order"] = order;
      all.push_back({order + label_of(settings), settings});
    }
    return all;
  }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth&) const override {
    std::vector<std::vector<Record>> records;
    std::map<std::string, Journey> journeys;
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      const Task& task = tasks[t];
      const std::string why = why_not_compared(*task.explanation);
      const Record none{Status::skipped, why, values_of(RandomizationObservation{})};
      records.emplace_back(task.explanation->queries.size(), none);
      if (!why.empty()) continue;
      const std::string key = Journey::key_of(*task.settings);
      journeys.try_emplace(key, subject, *task.settings).first->second.add(t, task);
    }
    for (auto& [key, journey] : journeys) journey.run(records);
    return records;
  }

  Cost price(const Network&) const override { return {}; }

  std::int64_t explains_again(const Network& network, const Json& settings) const override {
    const auto steps = randomised_steps(weight_stages(network).size(),
                                        randomised_order_from(settings.at("order").get<std::string>()),
                                        settings.at("stages").get<std::size_t>());
    const std::int64_t samples = settings.at("samples");
    return samples * (std::ssize(steps) + (samples > 1 ? 2 : 1));
  }

  bool reads_sign() const override { return true; }
  bool uses_seed(const Json&) const override { return true; }

 private:
  void check(const Params& params) const {
    if (orders_.empty()) params.fail("order", "the list is empty");
    try {
      for (const std::string& order : orders_) randomised_order_from(order);
    } catch (const ConfigError& error) {
      params.fail("order", error.what());
    }
    if (settings_.at("stages").get<std::int64_t>() < 0) params.fail("stages", "must not be negative");
    if (!(settings_.at("noise").get<double>() > 0)) params.fail("noise", "must be above 0");
    if (settings_.at("bins") == 1) params.fail("bins", "must be at least 2: one bin has no entropy");
  }

  /// What differs from the defaults.
  static std::string label_of(const Json& settings) {
    std::string label;
    for (const auto& [key, plain] :
         {std::pair("init", "fan-in"), std::pair("target", "fixed"), std::pair("seed", "same")})
      if (const auto word = settings.at(key).get<std::string>(); word != plain) label += " " + word;
    for (const auto& [key, plain] : {std::pair("stages", 10.0), std::pair("samples", 1.0),
                                     std::pair("noise", 0.1), std::pair("bins", 100.0)})
      if (settings.at(key).get<double>() != plain)
        label += fmt::format(" {}={}", key, settings.at(key).dump());
    return label + similarity_label(settings);
  }

  std::vector<std::string> orders_;
  Json settings_;  // but for the order
};

}  // namespace

std::unique_ptr<Metric> make_parameter_randomization(Params& params) {
  return std::make_unique<ParameterRandomization>(params);
}

}  // namespace assay
