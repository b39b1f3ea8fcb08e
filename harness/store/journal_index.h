#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/core/hash.h"
#include "harness/store/layout.h"
#include "harness/store/unit_result.h"

namespace assay {

/// Where the units that a layout needs lie in the journals of a folder: offsets only, some 50 bytes for a
/// sample and a unit, so that a million fit beside everything else.
class JournalIndex {
 public:
  struct Frame {
    std::uint32_t journal = 0;  // index into journals()
    std::uint64_t offset = 0;
    auto operator<=>(const Frame&) const = default;
  };

  /// Reads every journal once. Throws DataError naming a journal.
  JournalIndex(const std::string& folder, const Layout& layout);

  const std::vector<std::string>& journals() const { return journals_; }
  /// Of the units of the layout's experiments, by journal and offset.
  const std::vector<Frame>& frames() const { return frames_; }
  /// Frames that hold any of the samples first .. first + count, each once, by journal and offset.
  std::vector<Frame> frames_of(std::size_t experiment, std::size_t first, std::size_t count) const;
  UnitResult read(const Frame& frame) const;
  /// Calls `visit(position)` for every place of a sample in its experiment (a file listed twice has two).
  template <class Visit>
  void positions(std::size_t experiment, const std::string& sample, Visit visit) const {
    const auto [first, end] = places_of(experiment, sample);
    for (const Place* place = first; place != end; ++place) visit(std::size_t{place->position});
  }

 private:
  /// A sample's place in its experiment.
  struct Place {
    Hash sample;  // of its word
    std::uint32_t position = 0;
    auto operator<=>(const Place&) const = default;
  };
  /// A frame says something about a place.
  struct Mention {
    std::uint32_t position = 0, frame = 0;  // index into frames_
    auto operator<=>(const Mention&) const = default;
  };

  void add(const Frame& frame, const UnitResult& unit);
  std::pair<const Place*, const Place*> places_of(std::size_t experiment, const std::string& sample) const;

  std::vector<std::string> journals_;
  std::vector<Frame> frames_;
  std::unordered_multimap<std::string, std::size_t> experiments_;  // id -> index
  std::vector<std::vector<Place>> places_;                         // by experiment, sorted
  std::vector<std::vector<Mention>> mentions_;                     // by experiment, sorted
};

}  // namespace assay
