#include "metrics/sensitivity_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "metrics/scores.h"

namespace assay {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

class SensitivityScoring : public Scoring {
 public:
  explicit SensitivityScoring(Params& params)
      : from_(params.get("from", 0.0, "smallest n that counts, share of the pixels")),
        to_(params.get("to", 1.0, "largest n that counts, share of the pixels, rounded as the metric does")) {
    if (!(from_ >= 0 && from_ <= to_)) params.fail("from", "must lie in 0..to");
  }

  std::vector<ScoreInfo> scores() const override {
    return {{.name = "Sens-n",
             .doc = "mean over n of the correlation with what removing n pixels takes from the score"}};
  }
  std::string chance() const override { return "a random map"; }

  ScoredRecord score(const Record& record) const override {
    if (record.curves.size() != sensitivity_curves().size() || record.values.size() != 1 ||
        record.curves[0].size() != record.curves[1].size())
      throw DataError("a record of sensitivity-n has no correlation for each n");
    std::vector<double> kept;
    for (std::size_t i = 0; i < record.curves[0].size(); ++i) {
      const double n = record.curves[0][i];
      if (n >= std::round(from_ * record.values[0]) && n <= std::round(to_ * record.values[0]) &&
          !std::isnan(record.curves[1][i]))
        kept.push_back(record.curves[1][i]);
    }
    if (kept.empty()) return {{{kNaN, kNaN, "no_correlation"}}};
    return {{{mean_of(kept), 0}}};
  }

 private:
  double from_, to_;
};

class InfidelityScoring : public Scoring {
 public:
  explicit InfidelityScoring(Params& params)
      : scaled_(params.choice("scaling", "optimal", {"optimal", "none"},
                              "the map times the factor that suits it best, or as it is") == "optimal"),
        relative_(params.get("relative", true, "as a share of what a map of zeros has, E[d^2]")) {}

  std::vector<ScoreInfo> scores() const override {
    return {{.name = "INFD",
             .doc = "infidelity: mean square of what the map mistakes perturbations for",
             .lower = true}};
  }
  std::string chance() const override { return "a map of zeros"; }

  ScoredRecord score(const Record& record) const override {
    const InfidelityObservation seen = infidelity_observation(record.values);
    const double taken = seen.s_squared > 0 ? seen.s_d * seen.s_d / seen.s_squared : 0;
    const double value = scaled_ ? std::max(seen.d_squared - taken, 0.0) : seen.infidelity;
    if (!relative_) return {{{value, seen.d_squared}}};
    if (!(seen.d_squared > 0)) return {{{kNaN, kNaN, "no_effect"}}};
    return {{{value / seen.d_squared, 1}}};
  }

 private:
  bool scaled_, relative_;
};

class ChangeScoring : public Scoring {
 public:
  explicit ChangeScoring(Params& params)
      : samples_(params.get<std::int64_t>("samples", 0, "only the first so many noisy images; 0 = all")) {
    if (samples_ < 0) params.fail("samples", "must not be negative");
  }

  std::vector<ScoreInfo> scores() const override {
    return {{.name = "max-SENS",
             .doc = "largest change of the map among the noisy images, over its norm",
             .lower = true},
            {.name = "mean-SENS", .doc = "their mean change", .votes = false, .lower = true}};
  }
  std::string chance() const override { return ""; }

  ScoredRecord score(const Record& record) const override {
    if (record.curves.empty()) return {std::vector<ScoreValue>(2, {kNaN, kNaN, "zero_map"})};
    if (record.curves.size() != change_curves().size() || record.curves[0].empty())
      throw DataError("a record of max-sensitivity has no change of its map");
    std::span<const double> changes = record.curves[0];
    if (samples_ > 0) changes = changes.first(std::min(changes.size(), static_cast<std::size_t>(samples_)));
    return {{{std::ranges::max(changes)}, {mean_of(changes)}}};
  }

 private:
  std::int64_t samples_;
};

}  // namespace

const std::vector<Column>& sensitivity_columns() {
  static const std::vector<Column> columns{{"pixels", "px", Better::neither, 0, 0, "size of the image, N"}};
  return columns;
}

const std::vector<Column>& sensitivity_curves() {
  static const std::vector<Column> curves{
      {"n", "px", Better::neither, 0, kEndless, "pixels removed"},
      {"correlation", "1", Better::higher, -1, 1,
       "of the map's sum over n random pixels with the fall of the score when they are removed"}};
  return curves;
}

const std::vector<Column>& infidelity_columns() {
  static const std::vector<Column> columns{
      {"infidelity", "score^2", Better::lower, kEndless, 0, "mean of (s - d)^2"},
      {"s_squared", "score^2", Better::neither, 0, kEndless, "mean of s^2, s = what the map adds up to"},
      {"s_d", "score^2", Better::neither, 0, kEndless, "mean of s d"},
      {"d_squared", "score^2", Better::neither, 0, kEndless, "mean of d^2, d = fall of the score"}};
  return columns;
}

std::vector<double> values_of(const InfidelityObservation& seen) {
  return {seen.infidelity, seen.s_squared, seen.s_d, seen.d_squared};
}

InfidelityObservation infidelity_observation(std::span<const double> values) {
  if (values.size() != infidelity_columns().size())
    throw DataError(fmt::format("an infidelity record has {} values, not {}", values.size(),
                                infidelity_columns().size()));
  return {values[0], values[1], values[2], values[3]};
}

const std::vector<Column>& change_columns() {
  static const std::vector<Column> columns{
      {"norm", "1", Better::neither, 0, kEndless, "Euclidean norm of the map"}};
  return columns;
}

const std::vector<Column>& change_curves() {
  static const std::vector<Column> curves{{"change", "1", Better::lower, kEndless, 0,
                                           "norm of the map's change on each noisy image, over its own"}};
  return curves;
}

std::unique_ptr<Scoring> make_sensitivity_n_scoring(Params& params) {
  return std::make_unique<SensitivityScoring>(params);
}

std::unique_ptr<Scoring> make_infidelity_scoring(Params& params) {
  return std::make_unique<InfidelityScoring>(params);
}

std::unique_ptr<Scoring> make_max_sensitivity_scoring(Params& params) {
  return std::make_unique<ChangeScoring>(params);
}

}  // namespace assay
