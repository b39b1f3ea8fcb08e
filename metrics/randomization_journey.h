#pragma once

#include <string>
#include <vector>

#include "harness/network/randomise.h"
#include "harness/vision/similarity.h"
#include "metrics/parameter_randomization_scores.h"
#include "metrics/remake.h"

namespace assay {

/// What parameter-randomization knows of one query on its way through the networks.
struct TracedMap {
  Tensor original;  // [H,W]
  RandomizationObservation seen = {};
  std::vector<std::vector<double>> curves = {};  // in the order of randomization_curves()
  Cost cost = {};
  std::string failure = {};
};

/// One task of parameter-randomization.
struct Traveller {
  std::size_t task = 0;
  SimilarityRules rules = {};
  std::int64_t bins = 100;
  std::vector<TracedMap> traces = {};  // by query
};

/// The networks of a variant of parameter-randomization, each made once for all tasks that go through the
/// same ones.
class Journey {
 public:
  /// `subject` and `settings`, of a variant, must outlive this.
  Journey(Subject& subject, const Json& settings);
  /// What tells one journey from another: tasks whose settings have the same key go together.
  static std::string key_of(const Json& settings);
  /// A task that can be explained again; `place` is where its records go.
  void add(std::size_t place, const Task& task);
  void run(std::vector<std::vector<Record>>& records);

 private:
  Circumstances under(std::optional<Network> network, std::uint64_t seed) const;
  void travel();
  /// Makes all maps under some circumstances and hands those that could be made to `look`.
  template <class Look>
  void take(const std::vector<Reexplained>& who, const Circumstances& circumstances, const Look& look);
  Record finished(TracedMap& trace, bool repredicted) const;
  /// How many stages are random at each step, and their seeds.
  void add_course(std::vector<std::vector<double>>& curves) const;

  Subject& subject_;
  const Json& settings_;
  RandomisedOrder order_;
  Redraw redraw_;
  bool fresh_;
  std::uint64_t seed_;
  std::vector<WeightStage> stages_;
  std::vector<std::vector<std::size_t>> steps_;
  std::vector<Traveller> travellers_;
  std::vector<Reexplained> fixed_, asked_;  // by traveller
};

}  // namespace assay
