#include "harness/store/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "harness/core/error.h"

namespace assay {

void fail_errno(const std::string& file) {
  throw DataError(fmt::format("{}: {}", file, std::strerror(errno)));
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int Descriptor::release() {
  return std::exchange(descriptor_, -1);
}

void write_all(int descriptor, const void* data, std::size_t size, const std::string& file) {
  for (const char* next = static_cast<const char*>(data); size > 0;) {
    const ssize_t written = ::write(descriptor, next, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno(file);
    next += written;
    size -= static_cast<std::size_t>(written);
  }
}

void sync(int descriptor, const std::string& file) {
  if (::fsync(descriptor) != 0) fail_errno(file);
}

void sync_folder(const std::string& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() >= 0) ::fsync(opened.get());
}

void sync_and_rename(const std::string& temporary, const std::string& file) {
  {
    const Descriptor opened(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC));
    if (opened.get() < 0) fail_errno(temporary);
    sync(opened.get(), temporary);
  }
  if (std::rename(temporary.c_str(), file.c_str()) != 0) fail_errno(file);
  sync_folder(std::filesystem::absolute(file).parent_path().string());
}

void write_file(const std::string& text, const std::string& file) {
  const std::string temporary = fmt::format("{}.tmp-{}", file, ::getpid());
  try {
    const Descriptor opened(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (opened.get() < 0) fail_errno(temporary);
    write_all(opened.get(), text.data(), text.size(), temporary);
    sync_and_rename(temporary, file);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

}  // namespace assay
