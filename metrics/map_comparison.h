#pragma once

#include "harness/core/params.h"
#include "harness/vision/similarity.h"
#include "metrics/metric.h"
#include "metrics/sanity_scores.h"

namespace assay {

/// The keys by which a metric compares maps: normalise, window, cell.
Json read_similarity_settings(Params& params);
/// Of settings that hold them.
SimilarityRules similarity_rules_of(const Json& settings);
/// In words, what differs from the defaults, each behind a blank; part of a variant's label.
std::string similarity_label(const Json& settings);

/// In the order of kSimilarityNames.
FourSimilarities four_of(const MapSimilarity& similarity);

/// Why the maps of an explanation cannot be made again and compared; empty when they can.
std::string why_not_compared(const Explanation& explanation);

}  // namespace assay
