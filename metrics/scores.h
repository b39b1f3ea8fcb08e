#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/record.h"
#include "harness/core/registry.h"
#include "harness/core/statistics.h"

namespace assay {

/// How the values of a score become one number.
enum class Averaging {
  mean,      // over the records
  by_class,  // over the records of each class, then over the classes
};

/// Why a score of a sanity check is left out: the map is another one each time it is explained, so that its
/// changes say nothing. A row that loses most of its samples to it is uninformative.
inline constexpr std::string_view kNotRepeatable = "not_repeatable";

/// One score of a metric: a column of its table. Larger is better, in [0,1] unless its doc says otherwise.
struct ScoreInfo {
  std::string name;  // "RA": what tables and --metric call it
  std::string doc;   // a line under the table
  Averaging averaging = Averaging::mean;
  bool quartiles = false;  // papers compare medians: they stand beside the means
  bool votes = true;       // ranks rows in a league
  bool compared = true;    // the best row of its column is marked
  double passes = kNaN;    // average from which on a row passes a sanity check; NaN = it has no verdict
};

/// One score of one record.
struct ScoreValue {
  double value = kNaN;             // NaN = left out
  double chance = kNaN;            // what an explanation that knows nothing would get there; NaN = not known
  std::string_view left_out = {};  // why, a literal; empty when kept
};

struct ScoredRecord {
  std::vector<ScoreValue> scores;  // in the order of Scoring::scores()
  std::int64_t group = -1;         // the class; -1 where no score is averaged by class
};

/// Turns records of one metric into scores under the settings that made it. Knows no tensor and no network:
/// the report asks it, as often as it likes.
class Scoring {
 public:
  virtual ~Scoring() = default;
  virtual std::vector<ScoreInfo> scores() const = 0;
  /// Whose scores ScoreValue::chance are: "a uniform map".
  virtual std::string chance() const = 0;
  /// Of a record that is ok or suspect. Throws DataError when its values are not those of the metric.
  virtual ScoredRecord score(const Record& record) const = 0;
};

/// By the name of their metric, in the order of scores.def. `make` reads the scoring settings, each with its
/// default and meaning. The scores of confidence-gain, which depend on each other's images, have a table of
/// their own (confidence_gain_scores.h).
const std::vector<Entry<Scoring>>& scorings();

}  // namespace assay
