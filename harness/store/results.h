#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/store/layout.h"
#include "harness/store/unit_result.h"

namespace assay {

/// Merges the journals of `folder` into folder/results.h5, in the order of `layout`, whoever computed them: written to a
/// temporary name, then renamed. What no journal holds becomes a record with status failed and reason "not computed".
/// Memory is bounded by one block of samples. Throws DataError naming the file.
void merge(const std::string& folder, const Layout& layout);

/// results.h5 for reading; nothing is loaded before it is asked for.
class Results {
 public:
  /// Throws DataError naming the file when it is missing, not HDF5 or not ours.
  explicit Results(const std::string& file);
  ~Results();
  const Layout& layout() const;
  /// Of one experiment, in the order of the dataset.
  std::vector<SampleRow> samples(int experiment) const;
  /// One record a sample of the cell's experiment, in the same order.
  std::vector<Record> records(int cell) const;
  /// One a sample.
  std::vector<ExplanationRow> explanations(int explanation) const;

 private:
  struct Self;
  std::unique_ptr<Self> self_;
};

/// What differs between two result files outside /provenance and *_seconds columns, one line each; empty = identical to
/// the bit. At most `limit` lines.
std::vector<std::string> differences(const std::string& a, const std::string& b, std::size_t limit = 20);

}  // namespace assay
