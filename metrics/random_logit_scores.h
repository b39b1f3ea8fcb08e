#pragma once

#include <span>
#include <vector>

#include "harness/core/record.h"
#include "metrics/sanity_scores.h"

namespace assay {

/// What random-logit observes of one map: how alike it is to the map of another class of the same image.
struct RandomLogitObservation {
  double other = kNaN;                            // the other class, an output index
  FourSimilarities similarity = kNoSimilarities;  // of both maps
};

/// In the order of the fields above.
const std::vector<Column>& random_logit_columns();
std::vector<double> values_of(const RandomLogitObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
RandomLogitObservation random_logit_observation(std::span<const double> values);

}  // namespace assay
