#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "harness/store/crew.h"
#include "harness/store/fault_log.h"
#include "harness/store/files.h"
#include "harness/store/journal_index.h"
#include "harness/store/merge_block.h"
#include "harness/store/results.h"
#include "harness/store/schema.h"

namespace assay {
namespace {

/// A file under a temporary name, removed unless it gets its own.
class Draft {
 public:
  explicit Draft(const std::string& file)
      : file_(file), temporary_(fmt::format("{}.tmp-{}", file, ::getpid())) {}
  ~Draft() {
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  const std::string& temporary() const { return temporary_; }
  void publish() { sync_and_rename(temporary_, file_); }

 private:
  std::string file_, temporary_;
};

constexpr std::size_t kUnitsAtOnce = 1024;

void add_unit(const UnitResult& unit, const std::filesystem::path& journal, std::int64_t place,
              h5::Rows& rows) {
  rows.add(unit.experiment, std::int64_t{unit.rank}, std::int64_t{unit.ranks}, unit.place.host, unit.date,
           unit.seconds, unit.peak_memory, std::ssize(unit.samples), std::ssize(unit.observations),
           journal.filename().string(), place);
}

/// Reads the frames once more, some at a time: kept, the rows of a million units would fill the memory.
void write_units(const h5::Tables& tables, const JournalIndex& index, const Layout& layout) {
  const std::span<const JournalIndex::Frame> frames = index.frames();
  std::vector<h5::Member> members = unit_members();
  members.push_back({kUnitPlace, h5::Kind::integer});
  tables.create(kUnitsPath, members, {frames.size()}, {std::clamp<hsize_t>(frames.size(), 1, kUnitsAtOnce)});
  Crew crew(layout.provenance);
  for (std::size_t first = 0; first < frames.size(); first += kUnitsAtOnce) {
    h5::Rows rows(members);
    for (const auto& frame : frames.subspan(first, std::min(kUnitsAtOnce, frames.size() - first))) {
      const UnitResult unit = index.read(frame);
      add_unit(unit, index.journals().at(frame.journal), crew.add(unit), rows);
    }
    tables.write_block(kUnitsPath, rows, first);
  }
  crew.write(tables);
}

void write_faults(const h5::Tables& tables, const std::string& folder) {
  const std::vector<Fault> faults = faults_of(folder);
  if (faults.empty()) return;
  h5::Rows rows(fault_members());
  for (const Fault& fault : faults) rows.add(fault.date, fault.host, std::int64_t{fault.rank}, fault.what);
  tables.write(kFaultsPath, rows);
}

Merged write_experiment(const h5::Tables& tables, const JournalIndex& index, const Layout& layout,
                        int experiment) {
  const std::size_t samples = layout.experiments.at(static_cast<std::size_t>(experiment)).samples.size();
  MergeBlock block(layout, experiment);
  block.create(tables);
  Merged merged;
  for (std::size_t first = 0; first < samples; first += block.capacity()) {
    block.fill(index, first, std::min(block.capacity(), samples - first));
    block.write(tables);
    block.tally(merged);
  }
  return merged;
}

}  // namespace

Merged merge(const std::string& folder, const Layout& layout,
             const std::function<void()>& before_publishing) {
  const JournalIndex index(folder, layout);
  const std::string file = folder + "/results.h5";
  Draft draft(file);
  h5::Tables tables(h5::create_file(draft.temporary()), draft.temporary());
  write_layout(tables, layout);
  Merged merged;
  for (std::size_t e = 0; e < layout.experiments.size(); ++e) {
    const Merged part = write_experiment(tables, index, layout, static_cast<int>(e));
    merged.records += part.records;
    merged.missing += part.missing;
    merged.failed += part.failed;
    merged.failed_samples += part.failed_samples;
  }
  write_units(tables, index, layout);
  write_faults(tables, folder);
  tables.close();
  if (before_publishing) before_publishing();
  draft.publish();
  return merged;
}

}  // namespace assay
