#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"
#include "metrics/gain_reasons.h"

namespace assay {

/// What the confidence-gain metric observes of one explanation of one image: the values of a Record, by name.
/// Each confidence is kept as softmax probability p_* and as share of the min-shifted logits share_*
/// (papers.md 8.4). What was not reached is NaN: the four grown values when no mask within the limit brought
/// the target back.
struct GainObservation {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  double p_full = kNone, share_full = kNone;      // the image
  double p_base = kNone, share_base = kNone;      // the base alone
  double p_hybrid = kNone, share_hybrid = kNone;  // through the first mask
  double p_grown = kNone, share_grown = kNone;    // through the first mask that is classified as the target
  double mask_pixels = kNone;                     // of the first mask
  double pixels = kNone;                          // of the image, N
  double first_right = kNone;                     // 1 = the first mask is already classified as the target
  double growth_steps = kNone;                    // dilations needed
  double grown_pixels = kNone;                    // of the mask then
  double reached = kNone;                         // 1 = some mask within the observed limit was right
  double margin_first = kNone;                    // logit of the target minus the best other, first mask
  double margin_min = kNone;                      // smallest |such distance| along the growth
  double target = kNone;                          // class
};

/// Columns of the confidence-gain metric, in the order of the fields above.
const std::vector<Column>& confidence_gain_columns();
std::vector<double> values_of(const GainObservation& observation);
/// Values in the order of the columns. Throws DataError when their number differs.
GainObservation gain_observation(std::span<const double> values);

/// How a protocol turns observations into SCG and CCG (papers.md 8.3 and 8.4). Plain values: no network, no
/// tensor.
struct GainProtocol {
  std::string confidence = "probability";  // probability | logit-share
  double epsilon = 0;                      // added to p_full - p_base; authors-code: 0.001
  double guard = 1e-6;                     // p_full - p_base must be larger than this; authors-code: 0
  std::string average =
      "mean-of-ratios";              // mean-of-ratios | ratio-of-means (CCG only: mean gain / mean area)
  bool first_right_counts = true;    // false: an image whose first mask is already right drops out of CCG
  std::int64_t growth_limit = 50;    // more growth steps than this drop out of CCG
  std::string exclude = "per-cell";  // per-cell | global: see leave_out_globally()
};
/// Reads the keys above; the defaults are protocol `paper`. Numbers must not be negative.
GainProtocol read_gain_protocol(Params& params);

/// One image's scores, or why it is left out:
/// base_not_lower (p_full - p_base <= guard), negative_gain (p_hybrid < p_base for SCG, p_grown < p_base for
/// CCG), growth_limit, empty_mask and first_mask_right (the last three for CCG only; an empty mask has SCG
/// 0). A record that was skipped or failed has its status as the reason of both; a suspect one is scored as
/// any other. elsewhere: see leave_out_globally().
struct GainScore {
  double scg = GainObservation::kNone;   // (p_hybrid - p_base) / (p_full - p_base + epsilon)
  Reasons reason_scg;                    // empty when kept
  double gain = GainObservation::kNone;  // (p_grown - p_base) / (p_full - p_base + epsilon)
  double area = GainObservation::kNone;  // grown pixels / N
  double ccg = GainObservation::kNone;   // gain / area
  Reasons reason_ccg;                    // empty when kept
  bool observed = false;                 // there was something to score
};
GainScore gain_score(const Record& record, const GainProtocol& protocol);

/// `exclude: global`: cells[c][i] is image i in cell c, the same images in every cell. An image that fails
/// one of the two conditions on confidences in one cell (base_not_lower, negative_gain) is left out of all
/// others too (reason elsewhere), SCG and CCG each on its own. Every other reason stays with its cell.
void leave_out_globally(std::span<std::vector<GainScore>> cells);

/// Averages over images; indices may repeat (bootstrap). NaN when none is kept.
double average_scg(std::span<const GainScore> scores, std::span<const std::size_t> indices);
double average_ccg(std::span<const GainScore> scores, std::span<const std::size_t> indices,
                   const GainProtocol& protocol);

}  // namespace assay
