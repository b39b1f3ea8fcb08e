#include "harness/store/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "harness/core/error.h"
#include "harness/store/files.h"
#include "harness/store/unit_codec.h"

namespace assay {
namespace {

static_assert(std::endian::native == std::endian::little, "journals are little-endian");

struct FrameHead {
  std::array<char, 8> magic;
  std::uint64_t length = 0;  // of the content
  std::uint64_t checksum = 0;
};
constexpr std::array<char, 8> kMagic{'a', 's', 's', 'a', 'y', 'J', '0', '1'};

/// A file read from front to back or by offset.
class Reader {
 public:
  explicit Reader(const std::string& file)
      : file_(file), descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_.get() >= 0)
      size_ = std::filesystem::file_size(file);
    else if (errno != ENOENT)
      fail_errno(file);
  }

  /// The content of the frame at `offset`, or nothing when it is not good.
  std::optional<std::vector<std::uint8_t>> content(std::uint64_t offset) const {
    FrameHead head;
    if (offset > size_ || size_ - offset < sizeof head) return {};
    read(offset, &head, sizeof head);
    offset += sizeof head;
    if (head.magic != kMagic || head.length > size_ - offset) return {};
    std::vector<std::uint8_t> bytes(head.length);
    read(offset, bytes.data(), bytes.size());
    if (XXH3_64bits(bytes.data(), bytes.size()) != head.checksum) return {};
    return bytes;
  }

  /// The content of the first good frame from `offset` on, which moves to it; nothing when there is none.
  std::optional<std::vector<std::uint8_t>> next(std::uint64_t& offset) const {
    for (std::uint64_t at = offset; at < size_; at = magic_from(at + 1)) {
      auto found = content(at);
      if (!found) continue;
      offset = at;
      return found;
    }
    return {};
  }

  std::uint64_t size() const { return size_; }

  UnitResult unit(std::uint64_t offset, std::span<const std::uint8_t> bytes) const {
    try {
      return decode(bytes);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: frame at byte {}: {}", file_, offset, error.what()));
    }
  }

 private:
  /// Where the next magic begins; the size when there is none.
  std::uint64_t magic_from(std::uint64_t at) const {
    std::vector<char> window(1 << 20);
    while (at + kMagic.size() <= size_) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(window.size(), size_ - at));
      read(at, window.data(), count);
      const auto end = window.begin() + static_cast<std::ptrdiff_t>(count);
      const auto found = std::search(window.begin(), end, kMagic.begin(), kMagic.end());
      if (found != end) return at + static_cast<std::uint64_t>(found - window.begin());
      at += count - (kMagic.size() - 1);
    }
    return size_;
  }

  void read(std::uint64_t offset, void* to, std::size_t size) const {
    for (char* next = static_cast<char*>(to); size > 0;) {
      const ssize_t got = ::pread(descriptor_.get(), next, size, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_errno(file_);
      if (got == 0) throw DataError(fmt::format("{}: became shorter while it was read", file_));
      next += got;
      offset += static_cast<std::uint64_t>(got);
      size -= static_cast<std::size_t>(got);
    }
  }

  std::string file_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
};

std::vector<std::uint8_t> frame_of(const UnitResult& unit) {
  const std::vector<std::uint8_t> content = encode(unit);
  const FrameHead head{kMagic, content.size(), XXH3_64bits(content.data(), content.size())};
  std::vector<std::uint8_t> frame(sizeof head + content.size());
  std::memcpy(frame.data(), &head, sizeof head);
  std::copy(content.begin(), content.end(), frame.begin() + sizeof head);
  return frame;
}

std::uint64_t good_length(const std::string& file) {
  const Reader reader(file);
  std::uint64_t end = 0, next = 0;
  while (const auto content = reader.next(next)) end = next += sizeof(FrameHead) + content->size();
  return end;
}

}  // namespace

JournalWriter::JournalWriter(const std::string& file) : file_(file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw DataError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
  Descriptor opened(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (opened.get() < 0) fail_errno(file);
  end_ = good_length(file);
  if (::ftruncate(opened.get(), static_cast<off_t>(end_)) != 0) fail_errno(file);
  if (::lseek(opened.get(), static_cast<off_t>(end_), SEEK_SET) < 0) fail_errno(file);
  sync(opened.get(), file);
  sync_folder(folder.string());
  descriptor_ = opened.release();
}

JournalWriter::~JournalWriter() {
  ::close(descriptor_);
}

void JournalWriter::append(const UnitResult& unit) {
  const std::vector<std::uint8_t> frame = frame_of(unit);
  try {
    write_all(descriptor_, frame.data(), frame.size(), file_);
    sync(descriptor_, file_);
  } catch (...) {
    if (::ftruncate(descriptor_, static_cast<off_t>(end_)) != 0 ||
        ::lseek(descriptor_, static_cast<off_t>(end_), SEEK_SET) < 0)
      fail_errno(file_);
    throw;
  }
  end_ += frame.size();
}

JournalExtent read_journal(const std::string& file,
                           const std::function<void(UnitResult, std::uint64_t offset)>& visit) {
  const Reader reader(file);
  JournalExtent extent;
  std::uint64_t offset = 0;
  while (const auto content = reader.next(offset)) {
    visit(reader.unit(offset, *content), offset);
    extent.damaged += offset - extent.length;
    offset += sizeof(FrameHead) + content->size();
    extent.length = offset;
  }
  extent.torn = reader.size() - extent.length;
  return extent;
}

void cut_journal(const std::string& file, std::uint64_t length) {
  const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (opened.get() < 0 || ::ftruncate(opened.get(), static_cast<off_t>(length)) != 0) fail_errno(file);
  sync(opened.get(), file);
}

UnitResult read_frame(const std::string& file, std::uint64_t offset) {
  const Reader reader(file);
  const auto content = reader.content(offset);
  if (!content) throw DataError(fmt::format("{}: no good frame at byte {}", file, offset));
  return reader.unit(offset, *content);
}

std::vector<std::string> journals_of(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/journal", missing))
    if (entry.path().extension() == ".journal") files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

}  // namespace assay
