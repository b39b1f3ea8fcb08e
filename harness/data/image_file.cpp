#include "harness/data/image_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/core/error.h"

namespace assay {
namespace {

using Bytes = std::vector<unsigned char>;

std::size_t big_endian(const Bytes& bytes, std::size_t at, std::size_t count) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + i];
  return value;
}

constexpr unsigned char kEndOfImage = 0xD9;

/// Markers that stand alone, without a length: restarts, TEM and the stuffed zero of entropy-coded data.
bool is_bare(unsigned char marker) {
  return marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

/// Position of the next marker's code, or the size when there is none. Skips entropy-coded data and stray
/// bytes, as decoders do.
std::size_t next_marker(const Bytes& bytes, std::size_t at) {
  for (; at + 1 < bytes.size(); ++at)
    if (bytes[at] == 0xFF && bytes[at + 1] != 0xFF && !is_bare(bytes[at + 1])) return at + 1;
  return bytes.size();
}

bool jpeg_ends(const Bytes& bytes) {
  for (std::size_t at = next_marker(bytes, 2); at < bytes.size();) {
    if (bytes[at] == kEndOfImage) return true;
    if (at + 2 >= bytes.size()) return false;
    at = next_marker(bytes, at + 1 + big_endian(bytes, at + 1, 2));
  }
  return false;
}

bool png_ends(const Bytes& bytes) {
  constexpr std::array<unsigned char, 4> kEnd{'I', 'E', 'N', 'D'};
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t next = at + 12 + big_endian(bytes, at, 4);
    if (next > bytes.size()) return false;
    if (std::equal(kEnd.begin(), kEnd.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4))
      return true;
    at = next;
  }
  return false;
}

bool starts_with(const Bytes& bytes, std::initializer_list<unsigned char> magic) {
  return bytes.size() >= magic.size() && std::equal(magic.begin(), magic.end(), bytes.begin());
}

}  // namespace

Bytes read_image_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw DataError(fmt::format("{}: no such file", path));
  if (std::filesystem::is_directory(status))
    throw DataError(fmt::format("{}: is a folder, not an image", path));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw DataError(fmt::format("{}: cannot be opened", path));
  const Bytes bytes{std::istreambuf_iterator<char>(stream), {}};
  if (stream.bad()) throw DataError(fmt::format("{}: cannot be read", path));
  if (bytes.empty()) throw DataError(fmt::format("{}: the file is empty", path));
  if (starts_with(bytes, {0xFF, 0xD8}) && !jpeg_ends(bytes))
    throw DataError(fmt::format("{}: truncated JPEG", path));
  if (starts_with(bytes, {0x89, 'P', 'N', 'G'}) && !png_ends(bytes))
    throw DataError(fmt::format("{}: truncated PNG", path));
  return bytes;
}

}  // namespace assay
