#include "metrics/map_comparison.h"

#include <fmt/format.h>

namespace assay {
namespace {

MapScale map_scale_of(const std::string& word) {
  if (word == "min-max") return MapScale::min_max;
  if (word == "second-moment") return MapScale::second_moment;
  return word == "percentile" ? MapScale::percentile : MapScale::none;
}

}  // namespace

Json read_similarity_settings(Params& params) {
  const std::string normalise =
      params.choice("normalise", "min-max", {"min-max", "second-moment", "percentile", "none"},
                    "how maps are scaled before they are compared by SSIM and HOG");
  const std::string window = params.choice("window", "uniform", {"uniform", "gaussian"},
                                           "of SSIM: 5 x 5, or 11 x 11 with sigma 1.5");
  const std::int64_t cell = positive(params, "cell", 16, "side of a cell of HOG, px");
  return {{"normalise", normalise}, {"window", window}, {"cell", cell}};
}

SimilarityRules similarity_rules_of(const Json& settings) {
  return {.scale = map_scale_of(settings.at("normalise")),
          .window = settings.at("window") == "gaussian" ? SsimWindow::gaussian : SsimWindow::uniform,
          .cell = settings.at("cell")};
}

std::string similarity_label(const Json& settings) {
  std::string label;
  if (settings.at("normalise") != "min-max")
    label += fmt::format(" {}", settings.at("normalise").get<std::string>());
  if (settings.at("window") != "uniform") label += " gaussian window";
  if (settings.at("cell") != 16) label += fmt::format(" cell={}", settings.at("cell").get<std::int64_t>());
  return label;
}

FourSimilarities four_of(const MapSimilarity& similarity) {
  return {similarity.spearman, similarity.absolute, similarity.ssim, similarity.hog};
}

std::string why_not_compared(const Explanation& explanation) {
  if (explanation.maps.size() != 1) return "an intersection of masks has no values to compare";
  if (!explanation.again) return "nobody can explain again";
  return "";
}

}  // namespace assay
