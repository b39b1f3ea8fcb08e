#include "metrics/parameter_randomization_scores.h"

#include <fmt/format.h>

#include <cmath>

namespace assay {
namespace {

Column said(std::string name, std::string unit, std::string doc) {
  return {std::move(name), std::move(unit), Better::neither, 0, 0, std::move(doc)};
}

class RandomizationScoring : public Scoring {
 public:
  explicit RandomizationScoring(Params& params)
      : rules_(read_sanity_rules(params)),
        judged_(params.choice("judged", "last", {"last", "mean", "first"},
                              "network on which likeness is lost: the last of a cascade, all on average, or "
                              "the first; single stages: on average, or the first")),
        vanished_(params.choice("vanished", "changed", {"changed", "left-out"},
                                "what a map that is constant, or not finite, on a random network "
                                "counts as: changed altogether, or left out")) {}

  std::vector<ScoreInfo> scores() const override {
    std::vector<ScoreInfo> all = change_scores("MPRT", "is lost " + words(), rules_);
    all.push_back({.name = "eMPRT",
                   .doc =
                       "rise of the map's complexity when all weights are random, as a share of what it was "
                       "(may be negative, or above 1)",
                   .votes = false,
                   .compared = false});
    return all;
  }
  std::string chance() const override { return "a map blind to the network"; }

  ScoredRecord score(const Record& record) const override {
    const RandomizationObservation seen = randomization_observation(record.values);
    if (record.curves.size() != randomization_curves().size())
      throw DataError(fmt::format("a parameter-randomization record has {} curves, not {}",
                                  record.curves.size(), randomization_curves().size()));
    for (std::size_t i = 0; i < kSimilarityNames.size(); ++i)
      if (record.curves[i].empty())
        throw DataError("a parameter-randomization record has a curve without a step");
    ScoredRecord scored;
    for (std::size_t i = 0; i < kSimilarityNames.size(); ++i)
      scored.scores.push_back(
          change_of(similarity(judged(record.curves[i], seen)), reference(seen, i), rules_));
    const bool kept = !std::isnan(seen.rise);
    const std::string_view why = kept ? "" : seen.full == 1 ? "constant_map" : "one_at_a_time";
    scored.scores.push_back({seen.rise, kept ? 0 : kNaN, why});
    return scored;
  }

 private:
  std::string words() const {
    if (judged_ == "first") return "on the first network that has random weights";
    return judged_ == "mean" ? "on average over the networks with random weights"
                             : "when all weights are random (one at a time: on average)";
  }

  /// The steps of a curve that count.
  std::span<const double> judged(std::span<const double> curve, const RandomizationObservation& seen) const {
    if (judged_ == "first") return curve.first(1);
    return judged_ == "mean" || seen.full != 1 ? curve : curve.last(1);
  }

  double similarity(std::span<const double> steps) const {
    std::vector<double> counted;
    for (const double step : steps)
      if (!std::isnan(step) || vanished_ == "changed") counted.push_back(std::isnan(step) ? 0 : step);
    return mean_of(counted);
  }

  /// NaN where the map, or the map explained again, is like nothing.
  static double reference(const RandomizationObservation& seen, std::size_t i) {
    return seen.fresh == 1 || std::isnan(seen.repeat[i]) ? seen.repeat[i] : 1;
  }

  SanityRules rules_;
  std::string judged_, vanished_;
};

}  // namespace

const std::vector<Column>& randomization_columns() {
  static const std::vector<Column> columns = [] {
    std::vector<Column> all{
        said("steps", "1", "networks with more and more random weights, K"),
        said("stages", "1", "layers with weights, batch norms with theirs"),
        said("full", "1", "1: the last network is random throughout; 0: one stage at a time"),
        said("repredicted", "1", "1: each network's own class is explained; 0: that of the map"),
        said("fresh", "1", "1: random numbers of their own in each map; 0: those of the first map"),
        said("samples", "1", "noisy inputs averaged in each map; 1 = the input alone"),
        said("undefined", "1", "steps without a similarity, because a map is constant"),
    };
    const std::vector<std::pair<std::string, std::string>> groups{
        {"repeat_", "of the map and the map explained again with other random numbers"},
        {"area_", "of the map and those of the random networks, mean over the steps that have one"},
        {"first_", "of the map and that of the first network"},
        {"last_", "of the map and that of the last network"}};
    for (const auto& [prefix, of] : groups)
      for (Column& column : similarity_columns(prefix, of)) all.push_back(std::move(column));
    all.push_back(said("complexity", "nat", "entropy of the histogram of the map"));
    all.push_back(said("complexity_rise", "1", "its rise on the last network, as a share of it"));
    return all;
  }();
  return columns;
}

const std::vector<Column>& randomization_curves() {
  static const std::vector<Column> curves = [] {
    std::vector<Column> all = similarity_columns("", "of the map and that of each network, by step");
    all.push_back(said("complexity", "nat", "entropy of the histogram of each network's map, by step"));
    all.push_back(said("random_stages", "1", "stages of the network that are random, by step"));
    all.push_back(said("seed", "seed", "what each stage was drawn from, in the order of the steps"));
    return all;
  }();
  return curves;
}

std::vector<double> values_of(const RandomizationObservation& seen) {
  std::vector<double> values{seen.steps, seen.stages,  seen.full,     seen.repredicted,
                             seen.fresh, seen.samples, seen.undefined};
  for (const FourSimilarities* four : {&seen.repeat, &seen.area, &seen.first, &seen.last})
    values.insert(values.end(), four->begin(), four->end());
  values.push_back(seen.complexity);
  values.push_back(seen.rise);
  return values;
}

RandomizationObservation randomization_observation(std::span<const double> values) {
  if (values.size() != randomization_columns().size())
    throw DataError(fmt::format("a parameter-randomization record has {} values, not {}", values.size(),
                                randomization_columns().size()));
  auto next = values.begin();
  RandomizationObservation seen;
  for (double* value : {&seen.steps, &seen.stages, &seen.full, &seen.repredicted, &seen.fresh, &seen.samples,
                        &seen.undefined})
    *value = *next++;
  for (FourSimilarities* four : {&seen.repeat, &seen.area, &seen.first, &seen.last})
    for (double& value : *four) value = *next++;
  seen.complexity = *next++;
  seen.rise = *next;
  return seen;
}

std::unique_ptr<Scoring> make_parameter_randomization_scoring(Params& params) {
  return std::make_unique<RandomizationScoring>(params);
}

}  // namespace assay
