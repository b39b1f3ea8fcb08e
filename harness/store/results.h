#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/store/fault_log.h"
#include "harness/store/layout.h"
#include "harness/store/unit_result.h"

namespace assay {

/// What merge() found. A record is one sample of one cell.
struct Merged {
  std::size_t records = 0;
  std::size_t missing = 0;         // "not computed"
  std::size_t failed = 0;          // the missing ones not counted
  std::size_t failed_samples = 0;  // that could not be read, or that no journal holds
};

/// Merges the journals of `folder` into folder/results.h5, in the order of `layout`, whoever computed them:
/// written to a temporary name, then renamed. What no journal holds becomes a record with status failed and
/// reason "not computed". Where several frames hold the same record, the first that did not fail wins, in the
/// order of journal names and offsets (by contract they are equal); of failures the latest. Memory is bounded
/// by one block of samples, the layout and the places of samples and frames: a million units of a sample each
/// take less than 512 MB. Throws DataError naming the file, and what `before_publishing` throws, which is
/// called just before the renaming; then the old file stays.
Merged merge(const std::string& folder, const Layout& layout,
             const std::function<void()>& before_publishing = {});

/// results.h5 for reading; nothing is loaded before it is asked for.
class Results {
 public:
  /// Throws DataError naming the file when it is missing, not HDF5, not ours or of another version.
  explicit Results(const std::string& file);
  ~Results();
  const Layout& layout() const;
  /// Of one experiment, in the order of the dataset.
  std::vector<SampleRow> samples(int experiment) const;
  /// One record a sample of the cell's experiment, in the same order.
  std::vector<Record> records(int cell) const;
  /// One a sample.
  std::vector<ExplanationRow> explanations(int explanation) const;
  /// All of them, without their rows; of their places the host.
  std::vector<UnitResult> units() const;
  /// By date; none in files that were written before faults were kept.
  std::vector<Fault> faults() const;

 private:
  struct Self;
  std::unique_ptr<Self> self_;
};

/// What differs between two result files outside /provenance and *_seconds members, one line each
/// ("PATH[index].member: value of a, value of b"); empty = identical to the bit, NaN included. At most
/// `limit` lines.
std::vector<std::string> differences(const std::string& a, const std::string& b, std::size_t limit = 20);

}  // namespace assay
