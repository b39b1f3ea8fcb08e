#include "harness/store/output_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "harness/core/error.h"

namespace assay {

OutputLock::OutputLock(const std::string& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  const std::string file = folder + "/lock";
  descriptor_ = problem ? -1 : open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0)
    throw DataError(
        fmt::format("{}: cannot be written: {}", folder, problem ? problem.message() : std::strerror(errno)));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  throw DataError(
      fmt::format("{}: another run is writing there; wait for it or choose another --output", folder));
}

OutputLock::~OutputLock() {
  close(descriptor_);
}

}  // namespace assay
