#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "harness/core/error.h"
#include "harness/network/model_json.h"

namespace assay {

Json read_json(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) throw DataError(fmt::format("{}: cannot be opened: {}", file, std::strerror(errno)));
  try {
    return Json::parse(stream);
  } catch (const Json::parse_error& error) {
    throw DataError(fmt::format("{}: not valid JSON at byte {}", file, error.byte));
  }
}

std::vector<std::string> read_classes(const std::string& file) {
  std::ifstream stream(file);
  if (!stream)
    throw DataError(fmt::format("{}: class list cannot be opened: {}", file, std::strerror(errno)));
  std::vector<std::string> classes;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    classes.push_back(std::move(line));
  }
  while (!classes.empty() && classes.back().empty()) classes.pop_back();
  if (classes.empty()) throw DataError(fmt::format("{}: class list is empty", file));
  return classes;
}

}  // namespace assay
