#pragma once

#include <span>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/statistics.h"

namespace assay {

/// Columns and curves of sensitivity-n: the size of the image; the numbers of removed pixels n and the
/// correlation at each.
const std::vector<Column>& sensitivity_columns();
const std::vector<Column>& sensitivity_curves();

/// What infidelity observes of one map: means over its perturbations of s, what the map says that they take
/// from the score, and d, what they do take (infidelity.cpp).
struct InfidelityObservation {
  double infidelity = kNaN;  // of (s - d)^2
  double s_squared = kNaN;   // of s^2
  double s_d = kNaN;         // of s d
  double d_squared = kNaN;   // of d^2
};
const std::vector<Column>& infidelity_columns();
std::vector<double> values_of(const InfidelityObservation& seen);
/// Values in the order of the columns. Throws DataError when their number differs.
InfidelityObservation infidelity_observation(std::span<const double> values);

/// Columns and curves of max-sensitivity: the norm of the map; by sample, how far the map of the noisy image
/// is from it, as a share of that norm.
const std::vector<Column>& change_columns();
const std::vector<Column>& change_curves();

}  // namespace assay
