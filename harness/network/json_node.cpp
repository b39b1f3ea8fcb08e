#include "harness/network/json_node.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "harness/core/error.h"

namespace assay {

JsonNode::JsonNode(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
  if (!json_.is_object()) fail("expected an object");
}

void JsonNode::fail(std::string_view message) const {
  throw DataError(fmt::format("{}: {}", where_, message));
}

const Json& JsonNode::at(std::string_view key) const {
  if (!has(key)) fail(fmt::format("missing key '{}'", key));
  return json_[std::string(key)];
}

void JsonNode::expected(std::string_view key, std::string_view what) const {
  fail(fmt::format("{}: expected {}, got {}", key, what, at(key).dump()));
}

std::size_t JsonNode::choice(std::string_view key, std::span<const std::string_view> words) const {
  const auto word = require<std::string>(key);
  const auto found = std::ranges::find(words, word);
  if (found == words.end())
    fail(fmt::format("{}: unknown word '{}'; known: {}", key, word, fmt::join(words, ", ")));
  return static_cast<std::size_t>(found - words.begin());
}

JsonNode JsonNode::child(std::string_view key) const {
  return {at(key), fmt::format("{}: {}", where_, key)};
}

}  // namespace assay
