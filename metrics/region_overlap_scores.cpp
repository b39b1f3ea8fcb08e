#include "metrics/region_overlap_scores.h"

#include <fmt/format.h>

#include "harness/core/error.h"
#include "metrics/scores.h"

namespace assay {

const std::vector<Column>& region_overlap_columns() {
  static const std::vector<Column> columns{
      {"mask_pixels", "px", Better::neither, 0, 0, "size of the explanation's mask"},
      {"region_pixels", "px", Better::neither, 0, 0, "size of the object"},
      {"overlap_pixels", "px", Better::higher, 0, 0, "size of what both share"},
      {"pixels", "px", Better::neither, 0, 0, "size of the image, N"},
  };
  return columns;
}

std::vector<double> values_of(const OverlapObservation& seen) {
  return {seen.mask_pixels, seen.region_pixels, seen.overlap_pixels, seen.pixels};
}

OverlapObservation overlap_observation(std::span<const double> values) {
  if (values.size() != region_overlap_columns().size())
    throw DataError(fmt::format("a region-overlap record has {} values, not {}", values.size(),
                                region_overlap_columns().size()));
  return {values[0], values[1], values[2], values[3]};
}

double share_on_region(const OverlapObservation& seen) {
  return seen.overlap_pixels / seen.mask_pixels;
}

double share_of_region(const OverlapObservation& seen) {
  return seen.overlap_pixels / seen.region_pixels;
}

double region_area(const OverlapObservation& seen) {
  return seen.region_pixels / seen.pixels;
}

namespace {

class OverlapScoring : public Scoring {
 public:
  std::vector<ScoreInfo> scores() const override {
    return {{"on-object", "share of the mask that lies on the object"},
            {"of-object", "share of the object that the mask holds"}};
  }
  std::string chance() const override { return "a blind mask"; }

  ScoredRecord score(const Record& record) const override {
    const OverlapObservation seen = overlap_observation(record.values);
    const std::string_view left_out = seen.mask_pixels == 0 ? "empty_mask" : "";
    return {{{share_on_region(seen), region_area(seen), left_out},
             {share_of_region(seen), seen.mask_pixels / seen.pixels}}};
  }
};

}  // namespace

std::unique_ptr<Scoring> make_region_overlap_scoring(Params&) {
  return std::make_unique<OverlapScoring>();
}

}  // namespace assay
