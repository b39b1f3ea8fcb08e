#pragma once

#include <cmath>

#include "harness/network/tensor.h"
#include "harness/run/unit.h"
#include "tests/run/world.h"

namespace assay::test {

/// Four methods and two variants of a metric: 16 records an image, in the order of the methods.
inline const std::string kMetric = "metrics: [{metric: confidence-gain, rho: [0.25, 0.1]}]\n";
inline const std::string kMethods =
    "methods:\n"
    "  - {name: o, method: occ, patch: 4, stride: 4}\n"
    "  - {name: g, method: grad}\n"
    "  - {name: both, method: agreement, of: [o, g]}\n"
    "  - {name: same, method: uniform}\n";

inline const World& world() {
  static const World made;
  return made;
}

/// `more` is the YAML behind the lists of datasets and networks.
inline Plan plan(const std::string& more, const std::vector<std::string>& overrides = {}) {
  return make_plan(world().config(more, overrides));
}

inline std::vector<Decoded> images_of(const Plan& plan, const Unit& unit) {
  const Experiment& experiment = plan.experiments[unit.experiment];
  std::vector<Decoded> images;
  for (const int sample : unit.samples)
    images.push_back(try_decode(experiment.samples[sample], experiment.network.preprocess()));
  return images;
}

inline UnitResult execute(const Plan& plan, const Unit& unit, std::span<const Decoded> images) {
  BatchLimit limit;
  return assay::execute(plan, unit, plan.experiments[unit.experiment].network, at::kCPU, images, limit);
}

inline UnitResult compute(const Plan& plan, const Unit& unit) {
  return test::execute(plan, unit, images_of(plan, unit));
}

/// The observations of a sample's cells, in the order of the unit.
inline std::vector<Record> records_of(const UnitResult& result, const std::string& sample) {
  std::vector<Record> records;
  for (const ObservationRow& row : result.observations)
    if (row.sample == sample) records.push_back(row.record);
  return records;
}

/// But for the seconds.
inline bool same_numbers(const Record& a, const Record& b) {
  if (a.status != b.status || a.reason != b.reason || a.values.size() != b.values.size()) return false;
  if (a.curves != b.curves) return false;
  if (a.cost.forwards != b.cost.forwards || a.cost.work != b.cost.work) return false;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (!(a.values[i] == b.values[i] || (std::isnan(a.values[i]) && std::isnan(b.values[i])))) return false;
  return true;
}

}  // namespace assay::test
