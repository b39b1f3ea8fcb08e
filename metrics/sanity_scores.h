#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/params.h"
#include "metrics/scores.h"

namespace assay {

// What sanity checks have in common: they compare maps by four similarities (vision/similarity.h), and ask
// whether a map changes when what it explains does.

/// In the order of MapSimilarity.
inline constexpr std::array<std::string_view, 4> kSimilarityNames{"spearman", "spearman_abs", "ssim", "hog"};
using FourSimilarities = std::array<double, kSimilarityNames.size()>;
inline constexpr FourSimilarities kNoSimilarities{kNaN, kNaN, kNaN, kNaN};

/// A column for each similarity: PREFIXname, `of` says of what.
std::vector<Column> similarity_columns(const std::string& prefix, const std::string& of);

/// When a change of a map says something, and how much of it passes.
struct SanityRules {
  double repeatable = 0.5;  // similarity that a map must have with itself, explained again, to be judged
  double enough = 0.5;      // average change from which on a method passes
};
SanityRules read_sanity_rules(Params& params);

/// A score for each similarity, PREFIX-spearman, PREFIX-abs, PREFIX-ssim, PREFIX-hog: how much of its
/// likeness a map loses, `doc` behind the name of the similarity.
std::vector<ScoreInfo> change_scores(const std::string& prefix, const std::string& doc,
                                     const SanityRules& rules);

/// 1 - max(similarity, 0) / reference, cut off at 0, where `reference` is the similarity of the map with
/// itself when it is explained again and nothing has changed: 0 = as alike as that, 1 = unrelated. Left out
/// where the reference is below `repeatable`, or one of them is NaN. A map that looks at nothing that
/// changes has 0.
ScoreValue change_of(double similarity, double reference, const SanityRules& rules);

}  // namespace assay
