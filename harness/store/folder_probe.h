#pragma once

#include <atomic>
#include <string>

namespace assay {

/// What the file system of a folder allows; texts say why not, empty ones that all is well.
struct FolderProbe {
  std::string write;  // a file of ours
  std::string lock;   // flock() on it, which HDF5 asks for where it locks
  std::string hdf5;   // writing and reading a results file as merge() does
};

/// What a probe is at.
enum class ProbeStage { writing, locking };

/// Tries it with a file of its own, which is removed again: before it is locked, because that may hang, as
/// may writing on a file server that is away. `stage` tells those who wait where it is.
FolderProbe probe_folder(const std::string& folder, std::atomic<ProbeStage>& stage);

}  // namespace assay
