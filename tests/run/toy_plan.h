#pragma once

#include <string>

#include "harness/run/plan.h"
#include "tests/error_text.h"
#include "tests/run/world.h"

namespace assay::test {

inline const World& toy_world() {
  static const World made;
  return made;
}

inline const std::string kOneMetric = "metrics: [{metric: confidence-gain, rho: 0.25}]\n";

/// The plan of the world's configuration with these lines.
inline Plan toy_plan(const std::string& more, const PlanOptions& options = {}) {
  return make_plan(toy_world().config(more), options);
}
inline std::string plan_error(const std::string& more, const PlanOptions& options = {}) {
  return error_text<ConfigError>([&] { toy_plan(more, options); });
}

}  // namespace assay::test
