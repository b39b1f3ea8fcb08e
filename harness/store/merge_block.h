#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/store/journal_index.h"
#include "harness/store/results.h"
#include "harness/store/table.h"

namespace assay {

/// One table of results.h5 for a block of samples: lines (explanations or cells, by id) x samples.
class BlockTable {
 public:
  /// `ids` of the lines; a table of the samples themselves has one line "".
  BlockTable(std::string path, std::vector<h5::Member> members, std::vector<std::string> ids);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& ids() const { return ids_; }
  h5::Rows& rows() { return rows_; }
  const h5::Rows& rows() const { return rows_; }
  /// Bytes of one sample, all lines; how long curves are is guessed.
  std::size_t bytes_per_sample() const;

  void start(std::size_t samples);
  /// The row for a record of a unit of this date, status and reason already in it; nothing when there is no
  /// such line or a better record is there: the first that did not fail wins, of failures the latest.
  std::optional<std::size_t> take(const std::string& id, std::size_t sample, Status status,
                                  const std::string& reason, const std::string& date);
  /// What nobody took: status failed, reason "not computed", NaN.
  void finish();
  void tally(Merged& merged) const;
  /// Rows that failed or that nobody took.
  std::size_t bad() const;

 private:
  enum class Taken : std::uint8_t { nothing, failure, result };

  bool is_better(std::size_t row, Taken offer, const std::string& reason, const std::string& date);

  std::string path_;
  std::vector<std::string> ids_;
  std::unordered_map<std::string, std::size_t> lines_;
  std::size_t status_ = 0;  // member; the reason follows it
  std::size_t samples_ = 0;
  h5::Rows rows_;
  std::vector<Taken> taken_;                                                       // by row
  std::unordered_map<std::size_t, std::pair<std::string, std::string>> failures_;  // date, reason; by row
};

/// The tables of one experiment, a block of samples at a time. The layout must outlive it.
class MergeBlock {
 public:
  MergeBlock(const Layout& layout, int experiment);

  /// Samples a block holds: as many as fit in 32 MiB, 16 to 1024.
  std::size_t capacity() const;
  /// Makes the tables in the file, with attributes and dimension scales.
  void create(const h5::Tables& tables) const;
  /// Fills the samples first .. first + count from the journals.
  void fill(const JournalIndex& index, std::size_t first, std::size_t count);
  void write(const h5::Tables& tables) const;
  void tally(Merged& merged) const;

 private:
  struct Observations {
    MetricInfo metric;
    std::vector<std::int64_t> cells;  // of the lines: indices into Layout::cells
    BlockTable table;
  };

  void create_observations(const h5::Tables& tables, const Observations& observations) const;
  void take(const UnitResult& unit, const JournalIndex& index);
  void take_sample(const SampleRow& row, std::size_t sample, const std::string& date);
  void take_cost(const ExplanationRow& row, std::size_t sample, const std::string& date);
  void take_observation(const ObservationRow& row, std::size_t sample, const std::string& date);

  std::size_t experiment_;
  const std::vector<std::string>& hashes_;  // of all samples
  std::size_t first_ = 0, count_ = 0;
  BlockTable samples_, costs_;
  std::vector<Observations> observations_;
};

}  // namespace assay
