#pragma once

#include <string>
#include <vector>

namespace assay {

/// Something that went wrong with a run and that it survived: a rank that was killed, damage in a journal,
/// memory that ran out. Results are what they would be without it, or their records say otherwise.
struct Fault {
  std::string date;  // ISO 8601, UTC
  std::string host;
  int rank = 0;
  std::string what;  // one line
};

/// The file of a rank's faults, beside its journal: one JSON object a line.
std::string fault_file(const std::string& folder, int rank);

/// Appends one that happens now and here; bytes of `what` that are no UTF-8 are replaced. Never throws: where
/// it cannot be written down, the run goes on.
void note_fault(const std::string& folder, int rank, const std::string& what) noexcept;

/// All faults of an output folder, by date. Lines that a kill left half written are passed over.
std::vector<Fault> faults_of(const std::string& folder);

}  // namespace assay
