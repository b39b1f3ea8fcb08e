#pragma once

#include <vector>

#include "harness/network/tensor.h"
#include "metrics/metric.h"

namespace assay {

/// What a network says of one class of a series of images.
struct ScoreSeries {
  std::vector<double> probability, logit, right; /* right: 1 where the class is the first maximum, else 0 */
};
/// Of logits [n,K] (CPU, float32).
ScoreSeries score_series(const Tensor& logits, std::int64_t target);

/// The map that a metric of one map reads, or why there is none.
struct SingleMap {
  Tensor map = {}; /* [H,W]; undefined where status is skipped or failed */
  Status status = Status::ok;
  std::string reason = {};
};
/// Several maps are skipped, a map that is not finite has failed, a constant one is suspect.
SingleMap single_map(const Explanation& explanation, std::size_t query);

/// Places of the values of a tensor, counted in row-major order: int64 [N] on its device, highest values
/// first (lowest unless `highest`), equal ones in row-major order either way.
Tensor order_of(const Tensor& values, bool highest);

}  // namespace assay
