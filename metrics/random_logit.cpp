// The random-logit test. Sixt, Granz & Landgraf, "When explanations lie", ICML 2020 (papers.md 6.2).
//   s = similarity(A_y, A_c), c another class of the network, drawn uniformly
// for the four similarities of vision/similarity.h (the paper has SSIM). c depends on the run's seed, the
// image and y alone: all methods are asked for the same. The maps of c are made on the same network and image
// and from the same random numbers, so that a method which does not look at the class has s = 1. Unlike
// parameter-randomization the network stays as it was trained.
#include <cmath>

#include "harness/core/seed.h"
#include "harness/network/tensor.h"
#include "metrics/map_comparison.h"
#include "metrics/random_logit_scores.h"
#include "metrics/remake.h"

namespace assay {
namespace {

class RandomLogit : public Metric {
 public:
  explicit RandomLogit(Params& params) : settings_(read_similarity_settings(params)) {}

  std::vector<Column> columns() const override { return random_logit_columns(); }

  std::vector<Variant> variants() const override {
    const std::string label = similarity_label(settings_);
    return {{label.empty() ? label : label.substr(1), settings_}};
  }

  std::vector<std::vector<Record>> observe(Subject& subject, std::span<const Task> tasks,
                                           const Truth&) const override {
    const std::int64_t classes = subject.network().outputs();
    std::vector<Explanation> others;
    for (const Task& task : tasks) others.push_back(of_other_classes(subject, *task.explanation, classes));
    std::vector<std::size_t> asked;
    std::vector<Reexplained> candidates;
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      if (classes < 2 || !why_not_compared(others[t]).empty()) continue;
      asked.push_back(t);
      candidates.push_back({&others[t]});
    }
    const auto made = remake(subject, {.seed = subject.run_seed()}, candidates);
    std::vector<std::vector<Record>> records;
    for (const Task& task : tasks) {
      const std::string why = classes < 2 ? "the network has one class" : why_not_compared(*task.explanation);
      const Record none{Status::skipped, why, values_of(RandomLogitObservation{})};
      records.emplace_back(task.explanation->queries.size(), none);
    }
    for (std::size_t i = 0; i < asked.size(); ++i)
      for (std::size_t q = 0; q < made[i].size(); ++q)
        records[asked[i]][q] = compared(tasks[asked[i]], others[asked[i]].queries[q].target, q, made[i][q]);
    return records;
  }

  Cost price(const Network&) const override { return {}; }
  std::int64_t explains_again(const Network&, const Json&) const override { return 1; }
  bool reads_sign() const override { return true; }
  bool uses_seed(const Json&) const override { return true; }

 private:
  static Explanation of_other_classes(const Subject& subject, Explanation explanation, std::int64_t classes) {
    if (classes < 2) return explanation;
    for (Query& query : explanation.queries) {
      const std::uint64_t seed = mix_seed(subject.seed(query.image), "random logit");
      Random random(mix_seed({seed, static_cast<std::uint64_t>(query.target)}));
      const auto other = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(classes - 1)));
      query.target = other < query.target ? other : other + 1;
    }
    return explanation;
  }

  static Record compared(const Task& task, std::int64_t other, std::size_t q, const Remade& made) {
    if (!made.failure.empty())
      return {Status::failed, made.failure, values_of(RandomLogitObservation{}), made.cost};
    const Tensor map = task.explanation->maps[0][static_cast<std::int64_t>(q)];
    RandomLogitObservation seen{.other = static_cast<double>(other)};
    seen.similarity =
        four_of(similarity_of(map.to(at::kCPU), made.map.to(at::kCPU), similarity_rules_of(*task.settings)));
    const bool defined = !std::isnan(seen.similarity[0]);
    return {defined ? Status::ok : Status::suspect,
            defined ? "" : "a constant map, or one that is not finite, looks like nothing", values_of(seen),
            made.cost};
  }

  Json settings_;
};

}  // namespace

std::unique_ptr<Metric> make_random_logit(Params& params) {
  return std::make_unique<RandomLogit>(params);
}

}  // namespace assay
