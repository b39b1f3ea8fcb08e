#include "harness/core/hash.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "harness/core/error.h"

namespace assay {
namespace {

Hash from_xxh(XXH128_hash_t value) {
  return {value.high64, value.low64};
}

}  // namespace

std::string Hash::hex() const {
  return fmt::format("{:016x}{:016x}", high, low);
}

Hash hash_bytes(const void* data, std::size_t size) {
  return from_xxh(XXH3_128bits(data, size));
}

Hash hash_text(std::string_view text) {
  return hash_bytes(text.data(), text.size());
}

Hash hash_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) throw DataError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(),
                                                                              XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get()))
    XXH3_128bits_update(state.get(), buffer.data(), got);
  if (std::ferror(file.get())) throw DataError(fmt::format("{}: read error: {}", path, std::strerror(errno)));
  return from_xxh(XXH3_128bits_digest(state.get()));
}

}  // namespace assay
