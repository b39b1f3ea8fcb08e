#include "harness/run/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

namespace assay {
namespace {

std::optional<Json> core_integer(std::string_view text) {
  const std::string_view unsigned_part = text.starts_with('+') ? text.substr(1) : text;
  int base = 10;
  std::string_view digits = unsigned_part;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (base != 10) digits.remove_prefix(2);
  if (digits.empty() || (digits.front() == '-' && digits.data() != text.data())) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<Json> core_float(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view bare = negative || text.starts_with('+') ? text.substr(1) : text;
  if (bare == ".inf" || bare == ".Inf" || bare == ".INF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::nan("");
  if (bare.empty() || bare.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(bare.data(), bare.data() + bare.size(), value);
  if (error != std::errc() || end != bare.data() + bare.size() || bare.front() == '-') return std::nullopt;
  return negative ? -value : value;
}

/// A plain scalar by the core schema of YAML 1.2.
Json core_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto integer = core_integer(text)) return *integer;
  if (auto number = core_float(text)) return *number;
  return text;
}

constexpr int kDeepest = 32;  // levels of nesting

/// Turns YAML nodes into JSON and notes where each was written.
class Reader {
 public:
  /// With a `source`, that is the place of every node.
  Reader(std::string file, std::string source) : source_(std::move(source)) {
    locations_.file = std::move(file);
  }

  Json read(const YAML::Node& node, const std::string& pointer) {
    if (std::ranges::count(pointer, '/') > kDeepest)
      fail(pointer, "nested too deeply; does an alias hold itself?");
    if (!locations_.places.contains(pointer)) note(node, pointer);
    if (node.IsMap()) return read_map(node, pointer);
    if (node.IsSequence()) return read_sequence(node, pointer);
    if (node.IsScalar()) return read_scalar(node, pointer);
    return nullptr;
  }

  Locations& locations() { return locations_; }

 private:
  void note(const YAML::Node& node, const std::string& pointer) {
    locations_.places[pointer] = {
        .line = node.Mark().line + 1, .column = node.Mark().column + 1, .source = source_};
  }

  [[noreturn]] void fail(const std::string& pointer, const std::string& message) const {
    Params(Json::object(), pointer, std::make_shared<Locations>(locations_)).fail("", message);
  }

  Json read_map(const YAML::Node& node, const std::string& pointer) {
    Json object = Json::object();
    for (const auto& pair : node) {
      if (!pair.first.IsScalar()) fail(pointer, "a key must be text");
      const std::string key = pair.first.Scalar();
      const std::string below = pointer + "/" + key;
      note(pair.first, below);
      if (object.contains(key)) fail(below, "this key was written before");
      object[key] = read(pair.second, below);
    }
    return object;
  }

  Json read_sequence(const YAML::Node& node, const std::string& pointer) {
    Json array = Json::array();
    for (std::size_t i = 0; i < node.size(); ++i)
      array.push_back(read(node[i], fmt::format("{}/{}", pointer, i)));
    return array;
  }

  Json read_scalar(const YAML::Node& node, const std::string& pointer) const {
    const std::string text = expand(node.Scalar(), pointer);
    const bool plain = node.Tag() == "?" || node.Tag().empty();
    return plain ? core_scalar(text) : Json(text);
  }

  std::string expand(const std::string& text, const std::string& pointer) const {
    std::string expanded;
    std::size_t done = 0;
    for (std::size_t at; (at = text.find("${", done)) != std::string::npos;) {
      const std::size_t end = text.find('}', at);
      if (end == std::string::npos) fail(pointer, fmt::format("'${{' without '}}' in '{}'", text));
      const std::string variable = text.substr(at + 2, end - at - 2);
      const char* value = std::getenv(variable.c_str());
      if (!value) fail(pointer, fmt::format("environment variable {} is not set", variable));
      expanded += text.substr(done, at - done) + value;
      done = end + 1;
    }
    return expanded + text.substr(done);
  }

  std::string source_;
  Locations locations_;
};

/// "datasets[0].count" -> datasets, 0, count.
std::vector<std::string> steps_of(std::string path) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : path + ".") {
    if (c == '.' || c == '[' || c == ']') {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  return words;
}

/// The list element that `word` means: an index or the `name` of one.
std::size_t element_of(const Json& list, const std::string& word, const std::string& source) {
  std::vector<std::string> known;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (word == std::to_string(i)) return i;
    if (list[i].is_object() && list[i].contains("name") && list[i]["name"].is_string()) {
      known.push_back(list[i]["name"]);
      if (known.back() == word) return i;
    }
  }
  throw ConfigError(fmt::format("{}: no element '{}' in a list of {}{}{}", source, word, list.size(),
                                known.empty() ? "" : "; known: ", nearest_names(word, known)));
}

void apply_override(const std::string& text, Json& values, Locations& locations) {
  const std::string source = "--set " + text;
  const std::size_t equals = text.find('=');
  const std::vector<std::string> words = steps_of(text.substr(0, equals));
  if (equals == std::string::npos || words.empty())
    throw ConfigError(source + ": expected key.path=value, as in numerics.batch=16");
  Json* node = &values;
  std::string pointer;
  for (const std::string& word : words) {
    if (node->is_array()) {
      const std::size_t index = element_of(*node, word, source);
      node = &(*node)[index];
      pointer += fmt::format("/{}", index);
      continue;
    }
    if (!node->is_object() && !node->is_null())
      throw ConfigError(fmt::format("{}: '{}' is below a single value", source, word));
    node = &(*node)[word];
    pointer += "/" + word;
    locations.places.try_emplace(pointer, Locations::Place{.line = 0, .column = 0, .source = source});
  }
  std::erase_if(locations.places, [&](const auto& place) { return place.first.starts_with(pointer + "/"); });
  Reader reader(locations.file, source);
  try {
    *node = reader.read(YAML::Load(text.substr(equals + 1)), pointer);
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}: not valid YAML: {}", source, error.msg));
  }
  for (const auto& [at, place] : reader.locations().places) locations.places[at] = place;
}

}  // namespace

void Config::fail(const std::string& pointer, std::string_view message) const {
  Params(Json::object(), pointer, locations).fail("", message);
}

Config parse_config(std::string text, const std::string& file, std::span<const std::string> overrides) {
  Config config{.file = file, .text = std::move(text), .values = {}, .locations = nullptr};
  Reader reader(file, "");
  try {
    const YAML::Node root = YAML::Load(config.text);
    if (!root.IsMap()) throw ConfigError(file + ":1:1: expected keys and values, such as 'name: my-run'");
    config.values = reader.read(root, "");
  } catch (const YAML::Exception& error) {
    throw ConfigError(fmt::format("{}:{}:{}: not valid YAML: {}", file, error.mark.line + 1,
                                  error.mark.column + 1, error.msg));
  }
  for (const std::string& text : overrides) apply_override(text, config.values, reader.locations());
  config.locations = std::make_shared<Locations>(reader.locations());
  return config;
}

Config load_config(const std::string& file, std::span<const std::string> overrides) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream || stream.bad())
    throw ConfigError(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
  return parse_config(text.str(), file, overrides);
}

}  // namespace assay
