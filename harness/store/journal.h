#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/store/unit_result.h"

namespace assay {

/// Appends finished units to one file of this rank. A frame is magic (8 bytes), length (8), XXH3 of the
/// content (8), content (MessagePack), little-endian, followed by fsync: it is there as a whole or not at
/// all.
class JournalWriter {
 public:
  /// Makes missing folders; cuts what follows the last good frame of an existing journal. Throws DataError
  /// naming the file when it cannot be opened.
  explicit JournalWriter(const std::string& file);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;
  /// Throws DataError ("FILE: No space left on device") and leaves the journal as it was.
  void append(const UnitResult& unit);

 private:
  std::string file_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0;
};

/// What a journal consists of, in bytes.
struct JournalExtent {
  std::uint64_t length = 0;   // up to the end of the last good frame
  std::uint64_t damaged = 0;  // of these, those that belong to no good frame
  std::uint64_t torn = 0;     // behind them: what a kill left of a frame
};

/// Calls `visit` for every good frame with its offset. What lies between good frames is passed over: a
/// damaged frame costs its own unit. A missing file has none. Throws DataError when a file cannot be read or
/// a good frame was written by another version.
JournalExtent read_journal(const std::string& file,
                           const std::function<void(UnitResult, std::uint64_t offset)>& visit);

/// Removes what read_journal() found behind the first `length` bytes. Throws DataError naming the file.
void cut_journal(const std::string& file, std::uint64_t length);

/// One frame again, by the offset read_journal() gave. Throws DataError when it is no longer good.
UnitResult read_frame(const std::string& file, std::uint64_t offset);

/// The journals of an output folder (journal/*.journal), sorted by name.
std::vector<std::string> journals_of(const std::string& folder);

}  // namespace assay
