// Features that two classes share: what VAR (var.cpp) takes out of both their maps.
//   F_i = min(A+_a,i, A+_b,i) 1[M_a,i - 1/K <= tau] 1[M_b,i - 1/K <= tau]
//   a = the query's class, b = `class_b`; A+ = max(A, 0), M, K, tau as in var.cpp, a and b among the K.
// Walter, Vreeken & Fischer 2025 (arXiv 2503.07346) name shared features without a formula that is at hand:
// this is OUR READING of them, and no number of theirs belongs to it.
#include <fmt/format.h>

#include <limits>

#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "methods/competing_method.h"

namespace assay {
namespace {

class SharedFeatures : public CompetingMethod {
 public:
  explicit SharedFeatures(Params& params)
      : CompetingMethod(params),
        other_(params.get<std::int64_t>("class_b", -1,
                                        "output index of the other class; -1 = the most probable one that is "
                                        "not the query's")) {
    if (other_ < -1) params.fail("class_b", "must be an output index, or -1");
  }

  std::optional<std::string> unsupported(const Network& network) const override {
    const std::int64_t outputs = network.outputs();
    if (other_ >= outputs || outputs < 2)
      return fmt::format("class_b: the network has {} outputs, none of them {}", outputs, other_);
    return CompetingMethod::unsupported(network);
  }

  Cost price(const Network& network) const override {
    Cost cost = CompetingMethod::price(network);
    if (other_ < 0 && shared_work().empty()) cost += cost_of_passes(network, 1);
    return cost;
  }

 private:
  Asked asked(Subject& subject, const Query& query) const override {
    if (other_ == query.target) return {.classes = {}, .reason = "class_b is the class that is explained"};
    return {.classes = {query.target, other_ >= 0 ? other_ : strongest_other(subject, query)}};
  }

  static std::int64_t strongest_other(Subject& subject, const Query& query) {
    const Tensor logits = subject.logits(query.image).clone();
    logits[query.target] = -std::numeric_limits<double>::infinity();
    return logits.argmax().item<std::int64_t>();
  }

  Outcome decide(const Tensor& raw, const Tensor&, const Tensor& passes,
                 std::span<const std::int64_t> rows) const override {
    const Tensor both = at::minimum(raw[rows[0]], raw[rows[1]]).clamp_min(0);
    const Tensor shared = at::logical_not(passes[rows[0]].logical_or(passes[rows[1]]));
    return {at::where(shared, both, at::zeros_like(both)), shared};
  }

  std::string why_nothing_survives(double) const override {
    return "every place is claimed by one of the two classes";
  }

  std::int64_t other_;
};

}  // namespace

std::unique_ptr<Method> make_shared_features(Params& params) {
  return std::make_unique<SharedFeatures>(params);
}

}  // namespace assay
