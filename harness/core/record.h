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

/// Multiply-adds (FLOPs are twice that) of some passes through a network.
struct Work {
  std::int64_t asked = 0;  // by full passes
  std::int64_t done = 0;   // by what is computed: where only windows are, theirs
  Work& operator+=(const Work& other);
  bool operator==(const Work&) const = default;
};

/// What something took or will take: passes in images (not batches), the work of them, time.
struct Cost {
  std::int64_t forwards = 0;
  std::int64_t backwards = 0;
  Work work;
  double seconds = 0;  // the only part in which two equal runs may differ
  Cost& operator+=(const Cost& other);
};
/// Of `count` such things.
Cost operator*(Cost cost, std::int64_t count);
/// Of one of `count` equal things; counts are rounded up.
Cost share_of(Cost cost, std::int64_t count);

/// What one metric variant observed about one explanation of one image.
struct Record {
  Status status = Status::ok;
  std::string reason;          // empty when ok
  std::vector<double> values;  // one a column, in the order of Metric::columns(); NaN = not observed
  Cost cost = {};              // of observing this alone, whatever came along with it
  /// One a curve, in the order of Metric::curves(), each of any length; empty when not observed.
  std::vector<std::vector<double>> curves = {};
};

}  // namespace assay
