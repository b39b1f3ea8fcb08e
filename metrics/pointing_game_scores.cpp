#include "metrics/pointing_game_scores.h"

#include <fmt/format.h>

#include "metrics/scores.h"

namespace assay {
namespace {

struct PointField {
  Column column;
  double PointObservation::*value;
};

const std::vector<PointField>& point_fields() {
  using O = PointObservation;
  const auto field = [](double O::*value, std::string name, std::string unit, std::string doc) {
    return PointField{{std::move(name), std::move(unit), Better::neither, 0, 0, std::move(doc)}, value};
  };
  static const std::vector<PointField> all{
      field(&O::target, "target", "1", "class"),
      field(&O::row, "row", "px", "of the map's first maximum, in pixels of the original image"),
      field(&O::column, "column", "px", "of the map's first maximum, in pixels of the original image"),
      field(&O::distance, "distance", "px", "from there to the nearest pixel of an object of the class"),
      field(&O::area, "area", "1", "share of the original image that the objects take"),
      field(&O::near, "near", "1", "share of the input that is nearer than 15 px to an object"),
      field(&O::objects, "objects", "1", "objects of the class that some pixel of the input shows"),
      field(&O::marked, "marked", "1", "of those, objects that the annotation marks as difficult"),
      field(&O::others, "others", "1", "other classes of which the input shows an object"),
  };
  return all;
}

class PointingScoring : public Scoring {
 public:
  explicit PointingScoring(Params& params) : rule_(read_pointing_rule(params)) {}

  std::vector<ScoreInfo> scores() const override {
    return {
        {"pointing", fmt::format("hits within {} px of an object, in the original image", rule_.tolerance),
         Averaging::by_class},
        {"pointing-difficult",
         fmt::format("the same where the objects take less than {} of the image, which shows another "
                     "class too",
                     rule_.difficult_area),
         Averaging::by_class}};
  }
  std::string chance() const override { return "a random point"; }

  ScoredRecord score(const Record& record) const override {
    const PointObservation seen = point_observation(record.values);
    const bool marked = rule_.skip_marked && seen.marked == seen.objects;
    const double hit = is_hit(seen, rule_) ? 1 : 0;
    const double chance = rule_.tolerance == kPublishedTolerance ? seen.near : kNaN;
    const auto kept_if = [&](bool kept, std::string_view why) {
      return kept ? ScoreValue{hit, chance} : ScoreValue{kNaN, kNaN, why};
    };
    return {{kept_if(!marked, "marked_difficult"),
             kept_if(!marked && is_difficult(seen, rule_), marked ? "marked_difficult" : "not_difficult")},
            static_cast<std::int64_t>(seen.target)};
  }

 private:
  PointingRule rule_;
};

}  // namespace

const std::vector<Column>& pointing_game_columns() {
  static const std::vector<Column> columns = [] {
    std::vector<Column> all;
    for (const PointField& field : point_fields()) all.push_back(field.column);
    return all;
  }();
  return columns;
}

std::vector<double> values_of(const PointObservation& observation) {
  std::vector<double> values;
  for (const PointField& field : point_fields()) values.push_back(observation.*field.value);
  return values;
}

PointObservation point_observation(std::span<const double> values) {
  if (values.size() != point_fields().size())
    throw DataError(
        fmt::format("a pointing-game record has {} values, not {}", values.size(), point_fields().size()));
  PointObservation observation;
  for (std::size_t i = 0; i < values.size(); ++i) observation.*point_fields()[i].value = values[i];
  return observation;
}

PointingRule read_pointing_rule(Params& params) {
  PointingRule rule;
  rule.tolerance = params.get("tolerance", rule.tolerance,
                              "a point nearer to an object is a hit, px of the original image; on it always");
  rule.difficult_area =
      params.get("difficult_area", rule.difficult_area, "largest share of the image of a difficult object");
  rule.skip_marked = params.get("skip_marked", rule.skip_marked,
                                "leave out classes all of whose objects are marked as difficult");
  if (!(rule.tolerance >= 0)) params.fail("tolerance", "must not be negative");
  if (!(rule.difficult_area > 0)) params.fail("difficult_area", "must be positive");
  return rule;
}

bool is_hit(const PointObservation& seen, const PointingRule& rule) {
  return seen.distance < rule.tolerance || seen.distance == 0;
}

bool is_difficult(const PointObservation& seen, const PointingRule& rule) {
  return seen.area < rule.difficult_area && seen.others > 0;
}

std::unique_ptr<Scoring> make_pointing_game_scoring(Params& params) {
  return std::make_unique<PointingScoring>(params);
}

}  // namespace assay
