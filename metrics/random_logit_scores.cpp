#include "metrics/random_logit_scores.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {
namespace {

class RandomLogitScoring : public Scoring {
 public:
  explicit RandomLogitScoring(Params& params) : rules_(read_sanity_rules(params)) {}

  std::vector<ScoreInfo> scores() const override {
    return change_scores("class", "is lost when another class is explained", rules_);
  }
  std::string chance() const override { return "a map blind to the class"; }

  ScoredRecord score(const Record& record) const override {
    ScoredRecord scored;
    for (const double similarity : random_logit_observation(record.values).similarity)
      scored.scores.push_back(change_of(similarity, 1, rules_));
    return scored;
  }

 private:
  SanityRules rules_;
};

}  // namespace

const std::vector<Column>& random_logit_columns() {
  static const std::vector<Column> columns = [] {
    std::vector<Column> all{{"other", "1", Better::neither, 0, 0, "output index of the other class"}};
    for (Column& column : similarity_columns("", "of the maps of both classes"))
      all.push_back(std::move(column));
    return all;
  }();
  return columns;
}

std::vector<double> values_of(const RandomLogitObservation& seen) {
  std::vector<double> values{seen.other};
  values.insert(values.end(), seen.similarity.begin(), seen.similarity.end());
  return values;
}

RandomLogitObservation random_logit_observation(std::span<const double> values) {
  if (values.size() != random_logit_columns().size())
    throw DataError(fmt::format("a random-logit record has {} values, not {}", values.size(),
                                random_logit_columns().size()));
  RandomLogitObservation seen{.other = values[0]};
  std::ranges::copy(values.subspan(1), seen.similarity.begin());
  return seen;
}

std::unique_ptr<Scoring> make_random_logit_scoring(Params& params) {
  return std::make_unique<RandomLogitScoring>(params);
}

}  // namespace assay
