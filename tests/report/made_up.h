#pragma once

#include <string>
#include <vector>

#include "harness/report/observed.h"
#include "metrics/confidence_gain_scores.h"

namespace assay::test {

/// What was seen on one image of 100 pixels.
struct Seen {
  double full = 0.9, base = 0.1, hybrid = 0.5, grown = 0.7;
  double steps = 2, grown_pixels = 50, mask_pixels = 25;
  bool first_right = false, reached = true;
};

/// An ok record; the logit share of everything is half its probability.
Record record(const Seen& seen);
Record record(Status status, const std::string& reason);

/// Puts together results by hand. Everything is added to the last experiment.
class MadeUp {
 public:
  MadeUp();
  int experiment(const std::string& dataset, const std::string& network, int images, int unreadable = 0);
  int explanation(const std::string& method, Json settings = Json::object());
  int cell(int explanation, double rho, const std::string& base, std::vector<Record> records);
  /// Masks of 25 of 100 pixels, `overlaps` of them on an object of 10; NaN = an image without an object.
  int overlap(int explanation, double rho, const std::vector<double>& overlaps,
              const Json& mask = Json::object());
  void row(const std::string& protocol, const std::string& name, int cell, const std::string& note = "");
  void protocol(const std::string& name, Json scores = Json::object());

  Observed observed;
};

/// Seven images, each with another fate; protocol `paper`, one cell named "occ 10" (rho 0.25, gaussian),
/// network "places".
///   image  SCG                CCG
///   0      0.5                0.75 / 0.5  = 1.5
///   1      0.5                1 / 0.25    = 4     (first mask right)
///   2      base_not_lower     base_not_lower
///   3      negative_gain      negative_gain
///   4      0.25               growth_limit
///   5      0                  empty_mask
///   6      failed             failed
std::vector<Record> seven_fates();
MadeUp one_cell();

/// Two protocols, rho 0.25 and 0.05, two bases, twelve images of which one cannot be read, six
/// configurations: occ 10 and grad 5 and their agreement, C-MWP with a remark, mwp that is skipped, the
/// control random.
MadeUp small_study();

}  // namespace assay::test
