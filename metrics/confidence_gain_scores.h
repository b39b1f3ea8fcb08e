#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"

namespace assay {

/// How a protocol turns observations into SCG and CCG (papers.md 8.3 and 8.4). Plain values: no network, no tensor.
struct GainProtocol {
  std::string confidence = "probability";  // probability | logit-share
  double epsilon = 0;                      // added to p_full - p_base
  std::string average = "mean-of-ratios";  // mean-of-ratios | ratio-of-means (CCG only: mean gain / mean area)
  bool first_right_counts = true;          // false: an image whose first mask is already right drops out of CCG
  std::int64_t growth_limit = 50;          // more growth steps than this drop out of CCG
  std::string exclude = "per-cell";        // per-cell | global: an image left out anywhere is left out everywhere
};
/// Reads the keys above; the defaults are protocol `paper`.
GainProtocol read_gain_protocol(Params& params);

/// Columns of the confidence-gain metric, in order.
const std::vector<Column>& confidence_gain_columns();

/// One image's scores, or why it is left out. Reasons: base_not_lower, negative_gain, growth_limit, empty_mask,
/// first_mask_right; or the record's own status.
struct GainScore {
  double scg = 0;            // (p_hybrid - p_base) / (p_full - p_base + epsilon)
  std::string reason_scg;    // empty when kept
  double gain = 0;           // (p_grown - p_base) / (p_full - p_base + epsilon)
  double area = 0;           // grown pixels / N
  double ccg = 0;            // gain / area
  std::string reason_ccg;    // empty when kept
};
GainScore gain_score(const Record& record, const GainProtocol& protocol);

/// Averages over images; indices may repeat (bootstrap). NaN when none is kept.
double average_scg(std::span<const GainScore> scores, std::span<const std::size_t> indices);
double average_ccg(std::span<const GainScore> scores, std::span<const std::size_t> indices, const GainProtocol& protocol);

}  // namespace assay
