#include "harness/store/folder_probe.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "harness/core/error.h"
#include "harness/store/files.h"
#include "harness/store/hdf5.h"
#include "harness/store/process_identity.h"

namespace assay {
namespace {

const std::string kWritten = "written by assay doctor";

std::string hdf5_problem(const std::string& file) {
  try {
    h5::Handle made = h5::create_file(file);
    h5::write_text(made, "/text", kWritten, file);
    if (!made.reset()) h5::fail(file);
    return h5::read_text(h5::open_file(file), "/text", file) == kWritten
               ? ""
               : file + ": reads other than written";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

FolderProbe probe_folder(const std::string& folder, std::atomic<ProbeStage>& stage) {
  FolderProbe probe;
  stage = ProbeStage::writing;
  const std::string file = fmt::format("{}/.assay-doctor-{}-{}", folder, host_name(), ::getpid());
  {
    const Descriptor opened(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (opened.get() < 0) {
      probe.write = std::strerror(errno);
      return probe;
    }
    try {
      write_all(opened.get(), kWritten.data(), kWritten.size(), file);
      sync(opened.get(), file);
    } catch (const DataError& error) {
      probe.write = error.what();
    }
    ::unlink(file.c_str());
    stage = ProbeStage::locking;
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) probe.lock = std::strerror(errno);
    stage = ProbeStage::writing;
  }
  if (!probe.write.empty()) return probe;
  probe.hdf5 = hdf5_problem(file);
  ::unlink(file.c_str());
  return probe;
}

}  // namespace assay
