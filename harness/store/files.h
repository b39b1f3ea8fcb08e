#pragma once

#include <cstddef>
#include <string>

namespace assay {

/// Throws DataError "FILE: <what errno says>".
[[noreturn]] void fail_errno(const std::string& file);

/// An open file, closed at the end. Negative when opening failed.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }
  /// Hands it over: the caller closes it.
  int release();

 private:
  int descriptor_;
};

/// All of it or DataError naming `file`.
void write_all(int descriptor, const void* data, std::size_t size, const std::string& file);
/// fsync; DataError naming `file`.
void sync(int descriptor, const std::string& file);
/// Makes the entries of a folder (a new or renamed file) durable, where the file system can.
void sync_folder(const std::string& folder);
/// Makes `temporary` durable and gives it its name in one step. DataError naming the file.
void sync_and_rename(const std::string& temporary, const std::string& file);
/// Writes `text` to FILE.tmp-PROCESS and gives it the name of `file` once it is durable: whoever reads sees
/// all of the old text or all of the new. DataError naming the file; nothing stays behind.
void write_file(const std::string& text, const std::string& file);

}  // namespace assay
