#include "harness/network/load.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "harness/core/error.h"

namespace assay {
namespace {

constexpr std::string_view kBuiltin = "builtin:";
constexpr std::string_view kSeed = "?seed=";

Network load_builtin(std::string_view path) {
  const std::string_view rest = path.substr(kBuiltin.size());
  const std::size_t question = rest.find('?');
  if (question == std::string_view::npos) return build_network(rest, 0);
  const std::string_view query = rest.substr(question);
  std::uint64_t seed = 0;
  const char* end = query.data() + query.size();
  const bool named = query.starts_with(kSeed) && query.size() > kSeed.size();
  const auto parsed = std::from_chars(named ? query.data() + kSeed.size() : end, end, seed);
  if (!named || parsed.ec != std::errc() || parsed.ptr != end)
    throw ConfigError(fmt::format("network '{}': expected builtin:NAME?seed=N with a whole number N", path));
  return build_network(rest.substr(0, question), seed);
}

}  // namespace

Network load_network(const std::string& path) {
  if (path.starts_with(kBuiltin)) return load_builtin(path);
  if (std::filesystem::is_directory(path)) return load_folder(path);
  if (std::filesystem::is_regular_file(path)) return load_torchscript(path);
  throw DataError(fmt::format(
      "{}: no such network; give a folder with model.json, a TorchScript file, or builtin:NAME?seed=N",
      path));
}

}  // namespace assay
