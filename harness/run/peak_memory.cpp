#include "harness/run/peak_memory.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace assay {

PeakMemory::PeakMemory() {
  std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): resets the peak of the resident set
}

std::int64_t PeakMemory::bytes() const {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (std::int64_t kilobytes = 0; word == "VmHWM:" && status >> kilobytes) return 1024 * kilobytes;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024 * static_cast<std::int64_t>(usage.ru_maxrss);
}

}  // namespace assay
