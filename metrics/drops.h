#pragma once

#include <string>
#include <vector>

#include "metrics/metric.h"

namespace assay {

/// The values of a map [H,W], row by row, in double.
std::vector<double> listed_values(const Tensor& map);

/// The scores that `sensitivity-n` and `infidelity` can be asked for.
std::string read_drop_score(Params& params);
/// Of the setting `score`: logit or probability.
Score drop_score_of(const Json& settings);

/// By how much the score of a class falls from the image to each of its perturbed versions, whose `logits`
/// are [n,K]: f(x) - f(x'). `full` [K]: logits of the image.
std::vector<double> drops_of(const Tensor& full, const Tensor& logits, std::int64_t target, Score score);

}  // namespace assay
