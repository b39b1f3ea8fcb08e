#pragma once

#include <string>

namespace assay {

/// What the file system of a folder allows; texts say why not, empty ones that all is well.
struct FolderProbe {
  std::string write;  // a file of ours
  std::string lock;   // flock() on it, which HDF5 asks for where it locks
  std::string hdf5;   // writing and reading a results file as merge() does
};

/// Tries it with a file of its own, which is removed again. May hang where locks do.
FolderProbe probe_folder(const std::string& folder);

}  // namespace assay
