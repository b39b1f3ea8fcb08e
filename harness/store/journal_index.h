#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/store/layout.h"
#include "harness/store/unit_result.h"

namespace assay {

/// Where the units that a layout needs lie in the journals of a folder: offsets only.
class JournalIndex {
 public:
  struct Frame {
    std::size_t journal = 0;  // index into journals()
    std::uint64_t offset = 0;
    auto operator<=>(const Frame&) const = default;
  };
  /// A unit without its rows: provenance.
  struct Entry {
    Frame frame;
    UnitResult unit;  // without rows
    std::size_t samples = 0, observations = 0;
  };

  /// Reads every journal once. Throws DataError naming a journal.
  JournalIndex(const std::string& folder, const Layout& layout);

  const std::vector<std::string>& journals() const { return journals_; }
  /// Units of the layout's experiments, by journal and offset.
  const std::vector<Entry>& entries() const { return entries_; }
  /// Frames that hold any of the samples first .. first + count, each once, by journal and offset.
  std::vector<Frame> frames_of(std::size_t experiment, std::size_t first, std::size_t count) const;
  UnitResult read(const Frame& frame) const;
  /// Calls `visit(position)` for every place of a sample in its experiment (a file listed twice has two).
  template <class Visit>
  void positions(std::size_t experiment, const std::string& sample, Visit visit) const {
    const auto [begin, end] = positions_.at(experiment).equal_range(sample);
    for (auto place = begin; place != end; ++place) visit(place->second);
  }

 private:
  void add(const Frame& frame, const UnitResult& unit);

  std::vector<std::string> journals_;
  std::vector<Entry> entries_;
  std::unordered_multimap<std::string, std::size_t> experiments_;             // id -> index
  std::vector<std::unordered_multimap<std::string, std::size_t>> positions_;  // by experiment: hash -> place
  std::vector<std::vector<std::vector<std::uint32_t>>>
      frames_;  // by experiment, by place: indices into entries_
};

}  // namespace assay
