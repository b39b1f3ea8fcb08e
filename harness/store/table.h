#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/store/rows.h"

namespace assay::h5 {

/// Tables of a file: 1-D [rows] and matrices 2-D [lines, samples] of compounds. Errors name FILE: PATH.
class Tables {
 public:
  Tables(Handle file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  hid_t id() const { return file_; }
  const std::string& name() const { return name_; }
  std::string where(const std::string& path) const { return name_ + ": " + path; }
  /// Flushes and closes; throws when not everything could be written.
  void close();

  /// Writes a whole 1-D table.
  void write(const std::string& path, const Rows& rows) const;
  /// Makes a table of `shape`, compressed in chunks of `chunk`, to be filled by write_block().
  void create(const std::string& path, std::span<const Member> members, const std::vector<hsize_t>& shape,
              const std::vector<hsize_t>& chunk) const;
  /// Writes samples first.. of every line; `rows` are in row-major order, lines x samples.
  void write_block(const std::string& path, const Rows& rows, std::size_t first) const;

  /// A whole 1-D table. DataError when it or a member is missing.
  Rows read(const std::string& path, std::vector<Member> members) const;
  /// All samples of one line of a matrix.
  Rows read_line(const std::string& path, std::vector<Member> members, std::size_t line) const;

  Handle open(const std::string& path) const;
  /// Whether there is such an object, in a group that is there.
  bool has(const std::string& path) const;
  /// Names dimension `axis` of `path` and attaches the 1-D table `scale` to it.
  void attach_scale(const std::string& path, unsigned axis, const std::string& label,
                    const std::string& scale) const;

 private:
  Rows read(const std::string& path, std::vector<Member> members, const std::vector<hsize_t>& start,
            const std::vector<hsize_t>& count) const;

  Handle file_;
  std::string name_;
};

}  // namespace assay::h5
