#include "harness/store/journal_index.h"

#include <algorithm>
#include <set>

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

}  // namespace

JournalIndex::JournalIndex(const std::string& folder, const Layout& layout) : journals_(journals_of(folder)) {
  for (std::size_t e = 0; e < layout.experiments.size(); ++e) {
    const ExperimentInfo& info = layout.experiments[e];
    experiments_.emplace(info.id, e);
    auto& places = places_.emplace_back();
    places.reserve(info.samples.size());
    for (const std::string& sample : info.samples)
      places.push_back({hash_text(sample), static_cast<std::uint32_t>(places.size())});
    std::ranges::sort(places);
  }
  mentions_.resize(layout.experiments.size());
  for (std::uint32_t j = 0; j < journals_.size(); ++j)
    read_journal(journals_[j], [&](const UnitResult& unit, std::uint64_t offset) { add({j, offset}, unit); });
  for (std::vector<Mention>& mentions : mentions_) std::ranges::sort(mentions);
}

void JournalIndex::add(const Frame& frame, const UnitResult& unit) {
  const auto [begin, end] = experiments_.equal_range(unit.experiment);
  if (begin == end) return;
  const auto index = static_cast<std::uint32_t>(frames_.size());
  frames_.push_back(frame);
  for (auto experiment = begin; experiment != end; ++experiment)
    for (const std::string& sample : samples_in(unit))
      positions(experiment->second, sample, [&](std::size_t position) {
        mentions_[experiment->second].push_back({static_cast<std::uint32_t>(position), index});
      });
}

std::pair<const JournalIndex::Place*, const JournalIndex::Place*> JournalIndex::places_of(
    std::size_t experiment, const std::string& sample) const {
  const std::vector<Place>& places = places_.at(experiment);
  const auto same = std::ranges::equal_range(places, hash_text(sample), {}, &Place::sample);
  return {same.data(), same.data() + same.size()};
}

std::vector<JournalIndex::Frame> JournalIndex::frames_of(std::size_t experiment, std::size_t first,
                                                         std::size_t count) const {
  const std::vector<Mention>& mentions = mentions_.at(experiment);
  std::vector<std::uint32_t> found;
  for (auto mention = std::ranges::lower_bound(mentions, first, {}, &Mention::position);
       mention != mentions.end() && mention->position < first + count; ++mention)
    found.push_back(mention->frame);
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  std::vector<Frame> frames;
  for (const std::uint32_t index : found) frames.push_back(frames_[index]);
  return frames;
}

UnitResult JournalIndex::read(const Frame& frame) const {
  return read_frame(journals_.at(frame.journal), frame.offset);
}

}  // namespace assay
