#pragma once

#include <cstdint>

namespace assay {

/// The most memory that this process has resident since the object was made: everything in it, so what stays
/// from before counts as well. Where the system cannot forget an earlier peak (only Linux can), it is that of
/// the whole process.
class PeakMemory {
 public:
  PeakMemory();
  std::int64_t bytes() const;
};

}  // namespace assay
