#pragma once

#include <string>

namespace assay {

/// An output folder has one owner: two runs that append to the same journals would lose each other's units.
/// Held until destroyed, given back by the system when the process dies. (flock on FOLDER/lock; a network
/// file system may not honour it between nodes.)
class OutputLock {
 public:
  /// Creates the folder. Throws DataError when it cannot be written, or when another run holds it.
  explicit OutputLock(const std::string& folder);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace assay
