#pragma once

#include <span>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"
#include "harness/core/statistics.h"

namespace assay {

/// What the localisation metric observes of one map A: its positive part A+ = max(A, 0) against the region of
/// the explained class, at the network's input.
struct LocalisationObservation {
  double positive_inside = kNaN;  // sum of A+ over the region
  double positive = kNaN;         // sum of A+ over the image
  double pixels_inside = kNaN;    // pixels of the region with A > 0
  double positive_pixels = kNaN;  // pixels of the image with A > 0
  double region_pixels = kNaN;    // of the region
  double pixels = kNaN;           // of the image, N
};

/// Columns of the localisation metric, in the order of the fields above.
const std::vector<Column>& localisation_columns();
std::vector<double> values_of(const LocalisationObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
LocalisationObservation localisation_observation(std::span<const double> values);

/// What a map without a positive part scores. Rao et al. give 0 where the sum of A+ is at most 1e-7
/// (papers.md 5.1).
struct EmptyMaps {
  double least = 1e-7;    // a map is empty when the sum of A+ is not above this
  bool left_out = false;  // instead of 0
};
EmptyMaps read_empty_maps(Params& params);

/// One map's scores, each in [0,1] (papers.md 1.3, 5.1). With a = region_pixels / pixels, a uniform positive
/// map has a, a, 1, 2a / (1 + a) and a.
struct LocalisationScores {
  double attribution = kNaN;  // RA, the grid localisation score, the energy-based pointing game: share of A+
  double precision = kNaN;    // of {A > 0}: share in the region
  double recall = kNaN;       // of the region: share in {A > 0}
  double f1 = kNaN;           // 2 |both| / (|A > 0| + |region|)
  double iou = kNaN;          // |both| / |either|
};
LocalisationScores localisation_scores(const LocalisationObservation& seen, const EmptyMaps& empty);

/// The scores of a uniform positive map on a region of that share of the image.
LocalisationScores uniform_scores(double area);

}  // namespace assay
