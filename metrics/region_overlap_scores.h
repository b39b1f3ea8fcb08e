#pragma once

#include <span>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/statistics.h"

namespace assay {

/// What the region-overlap metric observes of one explanation of one image, in pixels of the network's input.
struct OverlapObservation {
  double mask_pixels = kNaN;     // of the explanation's mask
  double region_pixels = kNaN;   // of the object
  double overlap_pixels = kNaN;  // of both
  double pixels = kNaN;          // of the image, N
};

/// Columns of the region-overlap metric, in the order of the fields above.
const std::vector<Column>& region_overlap_columns();
std::vector<double> values_of(const OverlapObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
OverlapObservation overlap_observation(std::span<const double> values);

/// Share of the mask that lies on the object (precision), in [0,1]; NaN for an empty mask. A mask drawn
/// blindly has the object's share of the image.
double share_on_region(const OverlapObservation& seen);
/// Share of the object that the mask holds (recall).
double share_of_region(const OverlapObservation& seen);
/// Share of the image that the object takes: share_on_region() of a mask drawn blindly.
double region_area(const OverlapObservation& seen);

}  // namespace assay
