#include "harness/cluster/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "harness/core/error.h"
#include "harness/core/hash.h"

namespace assay {
namespace {

constexpr std::size_t kLongestName = 120;  // of a folder, before its hash

struct SweptKey {
  std::string key;
  std::vector<std::string> values;
};

/// Cuts at the commas outside of brackets, braces and quotes.
std::vector<std::string> values_of(std::string_view text) {
  std::vector<std::string> values(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : text) {
    if (c == ',' && depth == 0 && !quote) {
      values.emplace_back();
      continue;
    }
    if (quote ? c == quote : c == '"' || c == '\'') quote = quote ? '\0' : c;
    if (!quote) depth += (c == '[' || c == '{') - (c == ']' || c == '}');
    values.back() += c;
  }
  return values;
}

SweptKey swept_key(const std::string& text) {
  const auto fail = [&](std::string_view why) {
    throw ConfigError(fmt::format("--sweep {}: {}", text, why));
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) fail("expected key.path=a,b,c, as in numerics.batch=16,32");
  SweptKey swept{text.substr(0, equals), values_of(std::string_view(text).substr(equals + 1))};
  if (swept.key == "output") fail("every run of a sweep has an output folder of its own anyway");
  if (std::ranges::find(swept.values, "") != swept.values.end()) fail("a value is missing");
  if (std::set(swept.values.begin(), swept.values.end()).size() < swept.values.size())
    fail("a value is there twice");
  return swept;
}

/// A name that a folder may have, different for different overrides.
std::string folder_of(const std::vector<std::string>& overrides) {
  const std::string all = fmt::format("{}", fmt::join(overrides, ","));
  std::string name = all.substr(0, kLongestName);
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("._=+,-").find(c) == std::string_view::npos)
      c = '_';
  return name == all ? name : name + "-" + hash_text(all).hex().substr(0, 8);
}

}  // namespace

std::vector<SweepPoint> sweep_points(std::span<const std::string> sweeps) {
  std::vector<SweepPoint> points(1);
  std::set<std::string> keys;
  for (const std::string& text : sweeps) {
    const SweptKey swept = swept_key(text);
    if (!keys.insert(swept.key).second)
      throw ConfigError(fmt::format("--sweep {}: '{}' is swept already", text, swept.key));
    std::vector<SweepPoint> longer;
    for (const SweepPoint& point : points)
      for (const std::string& value : swept.values) {
        longer.push_back(point);
        longer.back().overrides.push_back(swept.key + "=" + value);
      }
    points = std::move(longer);
  }
  if (!sweeps.empty())
    for (SweepPoint& point : points) point.folder = folder_of(point.overrides);
  return points;
}

}  // namespace assay
