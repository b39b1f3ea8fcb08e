#include "metrics/sanity_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kScoreNames{"spearman", "abs", "ssim", "hog"};
constexpr std::array<std::string_view, 4> kWords{
    "rank correlation of the values", "rank correlation of the magnitudes", "structural similarity",
    "correlation of the histograms of gradients"};

}  // namespace

std::vector<Column> similarity_columns(const std::string& prefix, const std::string& of) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < kSimilarityNames.size(); ++i)
    columns.push_back({prefix + std::string(kSimilarityNames[i]), "1", Better::neither, 0, 0,
                       fmt::format("{} {}", kWords[i], of)});
  return columns;
}

SanityRules read_sanity_rules(Params& params) {
  SanityRules rules;
  rules.repeatable = params.get("repeatable", rules.repeatable,
                                "similarity that a map must have with itself, explained again, to be judged");
  rules.enough = params.get("enough", rules.enough, "average change from which on a method passes");
  if (!(rules.repeatable > 0 && rules.repeatable <= 1))
    params.fail("repeatable", "must lie in 0..1, above 0");
  if (!(rules.enough > 0 && rules.enough <= 1)) params.fail("enough", "must lie in 0..1, above 0");
  return rules;
}

std::vector<ScoreInfo> change_scores(const std::string& prefix, const std::string& doc,
                                     const SanityRules& rules) {
  std::vector<ScoreInfo> scores;
  for (std::size_t i = 0; i < kScoreNames.size(); ++i)
    scores.push_back({.name = fmt::format("{}-{}", prefix, kScoreNames[i]),
                      .doc = fmt::format("how much of the {} {}", kWords[i], doc),
                      .votes = false,
                      .passes = rules.enough});
  return scores;
}

ScoreValue change_of(double similarity, double reference, const SanityRules& rules) {
  if (std::isnan(similarity) || std::isnan(reference)) return {kNaN, kNaN, "constant_map"};
  if (reference < rules.repeatable) return {kNaN, kNaN, kNotRepeatable};
  return {std::max(0.0, 1 - std::max(similarity, 0.0) / reference), 0};
}

}  // namespace assay
