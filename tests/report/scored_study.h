#pragma once

#include <string>
#include <vector>

#include "metrics/localisation_scores.h"
#include "metrics/pointing_game_scores.h"
#include "tests/report/made_up.h"

namespace assay::test {

/// Results of metrics that are shown by their scores, put together by hand: `images` images of two samples
/// each.
class ScoredStudy : public MadeUp {
 public:
  explicit ScoredStudy(int images);
  /// A row of protocol `paper` with its explanation and cell.
  void add(const std::string& name, const std::string& method, const Json& settings,
           const std::string& metric, std::vector<Record> records, const std::string& note = "");
};

/// A quarter of the image as region; of the positive part the share `attribution` inside, of 40 positive
/// pixels 20.
Record located(double attribution);
/// Share of the image that is near an object of a class, another one for each.
double near_share(int target);
/// A point at that distance from objects of a class that take a tenth of the image, of which near_share() is
/// near them; the image shows `others` other classes.
Record pointed(double distance, int target, int others = 0);

/// Eight images of two samples. guided has RA 0.2 and 0.4 in turns; var(guided), of other settings too, 0.4
/// more; var(gradient) wraps nothing that is there; uniform 0.25; the layer of lrp is missing.
ScoredStudy localisation_study();

}  // namespace assay::test
