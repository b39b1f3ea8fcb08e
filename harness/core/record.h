#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

/// A cell of a table is never empty: it has a value, or the reason why not.
enum class Status {
  ok,
  skipped,  // not applicable: the method cannot serve this network
  suspect,  // computed, but means little: a constant map, NaN
  failed,   // could not be computed: an unreadable image, out of memory
};
std::string_view name_of(Status status);
/// Throws DataError for an unknown word.
Status status_from(std::string_view name);

enum class Better { higher, lower, neither };

/// One named observation of a metric.
struct Column {
  std::string name;  // snake_case; names that end in _seconds may differ between two equal runs
  std::string unit;  // "1" for pure numbers, "px", "steps", "logit"
  Better better = Better::neither;
  double worst = 0;
  double best = 0;
  std::string doc;
};

/// What one metric variant observed about one explanation of one image.
struct Record {
  Status status = Status::ok;
  std::string reason;          // empty when ok
  std::vector<double> values;  // one a column, in the order of Metric::columns(); NaN = not observed
};

/// Forward and backward passes in images (not batches).
struct Cost {
  std::int64_t forwards = 0;
  std::int64_t backwards = 0;
  double seconds = 0;
  Cost& operator+=(const Cost& other);
};

}  // namespace assay
