#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"
#include "harness/core/statistics.h"

namespace assay {

/// Radius of the disc around the point in the published tables, px of the original image (papers.md 4.3).
inline constexpr double kPublishedTolerance = 15;

/// What the pointing game observes of one map: where it points, and how far that is from the objects of the
/// explained class. Lengths are in pixels of the ORIGINAL image; objects are those pixels of the network's
/// input that show one.
struct PointObservation {
  double target = kNaN;    // class
  double row = kNaN;       // of the point: the first maximum in row-major order
  double column = kNaN;    //
  double distance = kNaN;  // from the point to the nearest pixel of any object; 0 = on it
  double area = kNaN;      // share of the original image that the objects take
  double near = kNaN;      // share of the input that is nearer than kPublishedTolerance to an object
  double objects = kNaN;   // of the class, that some pixel of the input shows
  double marked = kNaN;    // of those, how many the annotation marks as difficult
  double others = kNaN;    // other classes of which the input shows an object
};

/// Columns of the pointing-game metric, in the order of the fields above.
const std::vector<Column>& pointing_game_columns();
std::vector<double> values_of(const PointObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
PointObservation point_observation(std::span<const double> values);

/// How points become hits.
struct PointingRule {
  double tolerance = kPublishedTolerance;  // px of the original image
  double difficult_area = 0.25;            // objects of the difficult set take less of the image
  bool skip_marked = true;                 // leave out what has nothing but objects marked as difficult (VOC)
};
PointingRule read_pointing_rule(Params& params);

/// Nearer than the tolerance, or on an object.
bool is_hit(const PointObservation& seen, const PointingRule& rule);
/// Of the set `difficult`: the objects take less than `difficult_area` of the image, and it shows another
/// class too. The definition in words (papers.md 4.3); the published set is a list of images and classes that
/// ships with the published code.
bool is_difficult(const PointObservation& seen, const PointingRule& rule);

}  // namespace assay
