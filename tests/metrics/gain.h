#pragma once

#include "metrics/metric.h"
#include "tests/metrics/toy.h"

namespace assay::test {

inline std::unique_ptr<Metric> confidence_gain(Json values = Json::object()) {
  Params params(std::move(values));
  auto metric = metrics().front().make(params);
  params.finish();
  return metric;
}

inline Explanation random_explanation(Subject& subject, std::uint64_t seed) {
  return {{random_tensor({subject.images(), kToySide, kToySide}, 0, 1, seed)}, predictions(subject)};
}

inline std::vector<Task> every_variant(const std::vector<Explanation>& explanations,
                                       const std::vector<Variant>& variants) {
  std::vector<Task> tasks;
  for (const Explanation& explanation : explanations)
    for (const Variant& variant : variants) tasks.push_back({&explanation, &variant.settings});
  return tasks;
}

}  // namespace assay::test
