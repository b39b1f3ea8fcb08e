#include "harness/store/journal_index.h"

#include <algorithm>
#include <set>
#include <utility>

#include "harness/store/journal.h"

namespace assay {
namespace {

/// Every sample that a unit says anything about.
std::set<std::string> samples_in(const UnitResult& unit) {
  std::set<std::string> samples;
  for (const SampleRow& row : unit.samples) samples.insert(row.sample);
  for (const ExplanationRow& row : unit.explanations) samples.insert(row.sample);
  for (const ObservationRow& row : unit.observations) samples.insert(row.sample);
  return samples;
}

UnitResult provenance_of(const UnitResult& unit) {
  UnitResult bare;
  bare.experiment = unit.experiment;
  bare.rank = unit.rank;
  bare.ranks = unit.ranks;
  bare.place = unit.place;
  bare.date = unit.date;
  bare.seconds = unit.seconds;
  bare.peak_memory = unit.peak_memory;
  return bare;
}

}  // namespace

JournalIndex::JournalIndex(const std::string& folder, const Layout& layout) : journals_(journals_of(folder)) {
  for (std::size_t e = 0; e < layout.experiments.size(); ++e) {
    const ExperimentInfo& info = layout.experiments[e];
    experiments_.emplace(info.id, e);
    auto& positions = positions_.emplace_back();
    for (std::size_t i = 0; i < info.samples.size(); ++i) positions.emplace(info.samples[i], i);
    frames_.emplace_back(info.samples.size());
  }
  for (std::size_t j = 0; j < journals_.size(); ++j)
    read_journal(journals_[j], [&](UnitResult unit, std::uint64_t offset) {
      add({j, offset}, std::move(unit));
    });
}

void JournalIndex::add(const Frame& frame, const UnitResult& unit) {
  const auto [begin, end] = experiments_.equal_range(unit.experiment);
  if (begin == end) return;
  const auto entry = static_cast<std::uint32_t>(entries_.size());
  for (auto experiment = begin; experiment != end; ++experiment)
    for (const std::string& sample : samples_in(unit))
      positions(experiment->second, sample,
                [&](std::size_t place) { frames_[experiment->second][place].push_back(entry); });
  entries_.push_back({frame, provenance_of(unit), unit.samples.size(), unit.observations.size()});
}

std::vector<JournalIndex::Frame> JournalIndex::frames_of(std::size_t experiment, std::size_t first,
                                                         std::size_t count) const {
  std::vector<Frame> frames;
  for (std::size_t place = first; place < first + count; ++place)
    for (const std::uint32_t entry : frames_.at(experiment).at(place))
      frames.push_back(entries_[entry].frame);
  std::ranges::sort(frames);
  frames.erase(std::ranges::unique(frames).begin(), frames.end());
  return frames;
}

UnitResult JournalIndex::read(const Frame& frame) const {
  return read_frame(journals_.at(frame.journal), frame.offset);
}

}  // namespace assay
