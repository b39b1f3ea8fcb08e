#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/report/observed.h"
#include "harness/report/report.h"
#include "metrics/confidence_gain_scores.h"

namespace assay {

/// Where the masks of a row lie: what its region-overlap records say.
struct RegionShare {
  double on_region = 0;  // mean share of the mask on the object
  double area = 0;       // mean share of the image that the object takes: what a blind mask would have there
  std::size_t images = 0;  // that have a region and a mask
};

/// Settings `mask` and `ties` of a metric as one text: masks are the same where these and rho are.
std::string mask_rule_text(const Json& settings);

/// One protocol's scores of one explanation under one mask and base: a cell of the table, for SCG and CCG.
struct GainCell {
  std::string protocol, dataset, network;
  int experiment = 0;
  int explanation = 0;
  std::string row;     // name of the configuration
  std::string method;  // registered name
  bool control = false;
  double rho = 0;
  std::string mask_rule;  // how the first mask is cut, beside rho
  std::string base;       // G, Z, Gray; the whole text where one protocol has two of a kind
  std::string base_text;  // gaussian(17, 2.9)
  std::string note;
  std::string published_row, published_dataset;  // empty = not in the published table
  std::span<const Record> records;               // of Observed, which must outlive this
  std::vector<GainScore> scores;                 // by image
  std::optional<RegionShare> mask;               // nothing where region-overlap was not observed
};

struct ScoredProtocol {
  std::string name;
  GainProtocol scoring;
  Json settings;  // of scoring, every default included
};

struct GainTable {
  std::string precision;  // of the predictions
  std::vector<ScoredProtocol> protocols;
  std::vector<GainCell> cells;                   // by protocol, then in the order of the plan
  std::vector<std::vector<std::size_t>> images;  // by experiment and sample, see image_indices()
};

/// Scores the confidence-gain records under the protocols asked for, `options.scores` laid over their
/// settings. With `exclude: global`, a condition on confidences that fails anywhere in a protocol's table of
/// an experiment (all rows but controls, all rho and bases, shown or not) leaves the image out everywhere in
/// it. Filters of `options` (dataset, network, rho) then choose what is shown. Throws ConfigError for unknown
/// names, listing the known ones, and where `options.scores` asks for more growth steps than were observed.
GainTable score_cells(const Observed& observed, const ReportOptions& options);

/// The scoring of a protocol of the table.
const GainProtocol& scoring_of(const GainTable& table, const std::string& protocol);

/// Images of one protocol and experiment whose conditions on confidences hold in every shown row, rho and
/// base but those of controls. What an image could not be observed in does not count against it.
struct ConditionsHold {
  std::size_t base_lower = 0;  // every base lowers the confidence
  std::size_t all = 0;         // and no hybrid, of a first or grown mask, is below its base
  std::size_t images = 0;
};
ConditionsHold conditions_hold_everywhere(const GainTable& table, const std::string& protocol,
                                          int experiment);

}  // namespace assay
