#include "metrics/localisation_scores.h"

#include <fmt/format.h>

#include "metrics/scores.h"

namespace assay {
namespace {

Column in_map(std::string name, std::string doc) {
  return {std::move(name), "1", Better::neither, 0, 0, std::move(doc)};
}

Column in_pixels(std::string name, std::string doc) {
  return {std::move(name), "px", Better::neither, 0, 0, std::move(doc)};
}

/// The five in the order of the table.
std::vector<double> listed(const LocalisationScores& scores) {
  return {scores.attribution, scores.precision, scores.recall, scores.f1, scores.iou};
}

class LocalisationScoring : public Scoring {
 public:
  explicit LocalisationScoring(Params& params) : empty_(read_empty_maps(params)) {}

  std::vector<ScoreInfo> scores() const override {
    const auto info = [](std::string name, std::string doc, bool votes = true, bool compared = true) {
      return ScoreInfo{std::move(name), std::move(doc), Averaging::mean, true, votes, compared};
    };
    return {info("RA", "share of the map's positive part that lies in the region"),
            info("precision", "share of the positive pixels that lie in the region", false),
            info("recall", "share of the region that is positive: 1 where the whole map is", false, false),
            info("F1", "harmonic mean of precision and recall"),
            info("IoU", "positive pixels in the region over those that are either")};
  }
  std::string chance() const override { return "a uniform map"; }

  ScoredRecord score(const Record& record) const override {
    const LocalisationObservation seen = localisation_observation(record.values);
    const std::vector<double> values = listed(localisation_scores(seen, empty_));
    const std::vector<double> uniform = listed(uniform_scores(seen.region_pixels / seen.pixels));
    const bool left_out = empty_.left_out && !(seen.positive > empty_.least);
    ScoredRecord scored;
    for (std::size_t i = 0; i < values.size(); ++i)
      scored.scores.push_back({values[i], uniform[i], left_out ? "empty_map" : std::string_view()});
    return scored;
  }

 private:
  EmptyMaps empty_;
};

}  // namespace

const std::vector<Column>& localisation_columns() {
  static const std::vector<Column> columns{
      in_map("positive_inside", "sum of the map's positive part over the region of the explained class"),
      in_map("positive", "sum of the map's positive part over the image"),
      in_pixels("pixels_inside", "positive pixels of the map in the region"),
      in_pixels("positive_pixels", "positive pixels of the map"),
      in_pixels("region_pixels", "size of the region"),
      in_pixels("pixels", "size of the image, N"),
  };
  return columns;
}

std::vector<double> values_of(const LocalisationObservation& seen) {
  return {seen.positive_inside, seen.positive,      seen.pixels_inside,
          seen.positive_pixels, seen.region_pixels, seen.pixels};
}

LocalisationObservation localisation_observation(std::span<const double> values) {
  if (values.size() != localisation_columns().size())
    throw DataError(fmt::format("a localisation record has {} values, not {}", values.size(),
                                localisation_columns().size()));
  return {values[0], values[1], values[2], values[3], values[4], values[5]};
}

EmptyMaps read_empty_maps(Params& params) {
  EmptyMaps empty;
  empty.least = params.get("least", empty.least, "a map is empty when its positive part sums up to no more");
  empty.left_out =
      params.choice("empty", "zero", {"zero", "left-out"}, "what an empty map scores") == "left-out";
  if (!(empty.least >= 0)) params.fail("least", "must not be negative");
  return empty;
}

LocalisationScores localisation_scores(const LocalisationObservation& seen, const EmptyMaps& empty) {
  if (!(seen.positive > empty.least)) {
    const double score = empty.left_out ? kNaN : 0;
    return {score, score, score, score, score};
  }
  const double both = seen.pixels_inside, sizes = seen.positive_pixels + seen.region_pixels;
  return {.attribution = seen.positive_inside / seen.positive,
          .precision = both / seen.positive_pixels,
          .recall = both / seen.region_pixels,
          .f1 = 2 * both / sizes,
          .iou = both / (sizes - both)};
}

LocalisationScores uniform_scores(double area) {
  return {area, area, 1, 2 * area / (1 + area), area};
}

std::unique_ptr<Scoring> make_localisation_scoring(Params& params) {
  return std::make_unique<LocalisationScoring>(params);
}

}  // namespace assay
