#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"
#include "metrics/scores.h"

namespace assay {

/// Which curves a metric has that changes an image step by step: of each order each score of the explained
/// class after every step, and last, once, how many pixels are changed there.
struct CurveLayout {
  std::vector<std::string> orders;  // prefixes of their names: "", or "morf_" and "lerf_"
  std::vector<std::string> scores;  // probability, logit, right
};
/// One order, most important first, or that and its reverse (MoRF and LeRF: most, least relevant first).
inline const std::vector<std::string> kOneOrder{""}, kBothOrders{"morf_", "lerf_"};
/// Scores that every such metric follows, and those that road follows besides.
inline const std::vector<std::string> kScores{"probability", "logit"},
    kScoresAndRight{"probability", "logit", "right"};

/// Of those curves, in the order of Record::curves.
std::vector<Column> curve_columns(const CurveLayout& layout);

/// How one number is made of a curve s_0 .. s_T at x_0 .. x_T changed pixels.
enum class Summary {
  area,  // trapezoids over x, divided by x_T - x_0: for equal steps (sum s - s_0/2 - s_T/2) / T
  mean,  // over all points but the first
  drop,  // 1/(T+1) sum_k (s_0 - s_k)
};

/// Reads the curves of records under scoring keys:
///   score     which score;
///   divide    none, or by the score at the first or the last point of the whole curve (a divisor that is not
///             positive leaves the record out);
///   steps     only the first so many steps; 0 = all;
///   every     only each so-manieth point, as if the steps were so much larger; an area ends where
///             it did, with a last step that may be shorter.
class CurveReader {
 public:
  CurveReader(CurveLayout layout, Summary summary, Params& params);
  /// The number of an order. Throws DataError when the record has not the curves of the layout.
  ScoreValue read(const Record& record, std::size_t order) const;

 private:
  /// Places of the points that count, of 0 .. end.
  std::vector<std::size_t> kept_points(std::int64_t end) const;

  CurveLayout layout_;
  Summary summary_;
  std::size_t score_ = 0;
  std::string divide_;
  std::int64_t steps_ = 0, every_ = 1;
};

}  // namespace assay
