#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

/// 128-bit content hash (XXH3), the same on every machine. Names cells, images and networks; not
/// cryptographic.
struct Hash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Hash&) const = default;
  /// 32 lower-case hexadecimal digits.
  std::string hex() const;
};

Hash hash_bytes(const void* data, std::size_t size);
Hash hash_text(std::string_view text);
/// Hash of a whole file's bytes. Throws DataError naming the file when it cannot be read.
Hash hash_file(const std::string& path);

}  // namespace assay
