#include "harness/core/params.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <ranges>

namespace assay {
namespace {

std::string dotted(std::string_view pointer) {
  std::string path;
  for (const auto part : std::views::split(pointer, '/')) {
    const std::string word(part.begin(), part.end());
    if (word.empty()) continue;
    const bool index = std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c); });
    if (index)
      path += "[" + word + "]";
    else
      path += (path.empty() ? "" : ".") + word;
  }
  return path;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

/// To a name or, where that is nearer, to one of its beginnings that end before a dot or a slash: 'layr3' is
/// near 'layer3.0.conv1'. A beginning counts one more, so that a whole name wins.
std::size_t distance_to(std::string_view name, std::string_view known) {
  std::size_t least = edit_distance(name, known);
  for (std::size_t end = known.find_first_of("./"); end != known.npos;
       end = known.find_first_of("./", end + 1))
    least = std::min(least, edit_distance(name, known.substr(0, end)) + 1);
  return least;
}

/// A node that was not written is reported at its nearest written ancestor.
std::string place_of(std::string pointer, const Locations& locations) {
  while (!locations.places.contains(pointer) && !pointer.empty()) pointer.erase(pointer.rfind('/'));
  const auto place = locations.places.find(pointer);
  if (place == locations.places.end()) return locations.file + ": ";
  if (!place->second.source.empty()) return place->second.source + ": ";
  return fmt::format("{}:{}:{}: ", locations.file, place->second.line, place->second.column);
}

}  // namespace

std::int64_t positive(Params& params, std::string_view key, std::int64_t fallback, std::string_view doc) {
  const auto value = params.get<std::int64_t>(key, fallback, doc);
  if (value < 1) params.fail(key, "must be at least 1");
  return value;
}

std::string nearest_names(std::string_view name, std::vector<std::string> known, std::size_t limit) {
  std::ranges::stable_sort(known, {}, [&](const std::string& k) { return distance_to(name, k); });
  const bool cut = known.size() > limit;
  if (cut) known.resize(limit);
  return fmt::format("{}{}", fmt::join(known, ", "), cut ? ", ..." : "");
}

namespace detail {
bool fits(const Json& value, const bool*) {
  return value.is_boolean();
}
bool fits(const Json& value, const int*) {
  return value.is_number_integer() &&
         value.get<std::int64_t>() == static_cast<int>(value.get<std::int64_t>());
}
bool fits(const Json& value, const std::int64_t*) {
  return value.is_number_integer();
}
bool fits(const Json& value, const double*) {
  return value.is_number();
}
bool fits(const Json& value, const std::string*) {
  return value.is_string();
}
}  // namespace detail

Params::Params(Json values, std::string pointer, std::shared_ptr<const Locations> locations)
    : values_(std::move(values)), pointer_(std::move(pointer)), locations_(std::move(locations)) {
  if (values_.is_null()) values_ = Json::object();
  if (!values_.is_object()) fail("", fmt::format("expected keys and values, got {}", values_.dump()));
}

Params Params::describing() {
  Params params;
  params.describing_ = true;
  return params;
}

const Json* Params::find(std::string_view key) {
  read_.emplace_back(key);
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &*found;
}

void Params::note(std::string_view key, std::string_view type, std::string fallback, std::string_view doc) {
  docs_.push_back({std::string(key), std::string(type), std::move(fallback), std::string(doc)});
}

std::string Params::choice(std::string_view key, std::string_view fallback,
                           std::initializer_list<std::string_view> words, std::string_view doc) {
  note(key, fmt::format("{}", fmt::join(words, " | ")), std::string(fallback), doc);
  const Json* value = find(key);
  std::string word = value ? convert<std::string>(key, *value) : std::string(fallback);
  if (std::ranges::find(words, word) == words.end())
    fail(key, fmt::format("unknown word '{}'; known: {}", word, fmt::join(words, ", ")));
  resolved_[std::string(key)] = word;
  return word;
}

Json Params::raw(std::string_view key, std::string_view doc) {
  note(key, "see documentation", "null", doc);
  const Json* value = find(key);
  return value ? *value : Json();
}

Params Params::child(std::string_view key) const {
  read_.emplace_back(key);
  const auto found = values_.find(key);
  Params below(found == values_.end() ? Json::object() : *found, pointer_ + "/" + std::string(key),
               locations_);
  below.describing_ = describing_;
  return below;
}

std::vector<Params> Params::children(std::string_view key) const {
  read_.emplace_back(key);
  const auto found = values_.find(key);
  std::vector<Params> elements;
  if (found == values_.end()) return elements;
  if (!found->is_array()) fail(key, "expected a list");
  for (std::size_t i = 0; i < found->size(); ++i)
    elements.emplace_back((*found)[i], fmt::format("{}/{}/{}", pointer_, key, i), locations_);
  return elements;
}

Params Params::without(std::span<const std::string_view> keys) const {
  Params rest = *this;
  rest.read_.clear();
  rest.docs_.clear();
  rest.resolved_ = Json::object();
  for (const std::string_view key : keys) rest.values_.erase(std::string(key));
  return rest;
}

void Params::join(const Params& other) {
  read_.insert(read_.end(), other.read_.begin(), other.read_.end());
  for (const auto& [key, value] : other.resolved_.items())
    if (!resolved_.contains(key)) resolved_[key] = value;
  for (const ParamDoc& doc : other.docs_)
    if (std::ranges::find(docs_, doc.key, &ParamDoc::key) == docs_.end()) docs_.push_back(doc);
}

void Params::fail(std::string_view key, std::string_view message) const {
  std::string pointer = key.empty() ? pointer_ : pointer_ + "/" + std::string(key);
  std::string prefix;
  if (locations_) {
    if (const auto moved = locations_->moved.find(pointer); moved != locations_->moved.end())
      pointer = moved->second;
    prefix = place_of(pointer, *locations_);
  }
  const std::string path = dotted(pointer);
  throw ConfigError(fmt::format("{}{}{}{}", prefix, path, path.empty() ? "" : ": ", message));
}

void Params::finish() const {
  for (const auto& [key, value] : values_.items()) {
    if (std::ranges::find(read_, key) != read_.end()) continue;
    fail(key, fmt::format("unknown key; known: {}", nearest_names(key, read_, 16)));
  }
}

}  // namespace assay
