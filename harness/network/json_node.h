#pragma once

#include <fmt/format.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "harness/core/params.h"

namespace assay {

/// A JSON object of a file with the words that place it: every error is `WHERE: KEY: message` and a
/// DataError.
class JsonNode {
 public:
  JsonNode(const Json& json, std::string where);

  bool has(std::string_view key) const { return json_.contains(key) && !json_[std::string(key)].is_null(); }
  [[noreturn]] void fail(std::string_view message) const;

  template <class T>
  T get(std::string_view key, T fallback) const {
    return has(key) ? require<T>(key) : fallback;
  }
  template <class T>
  T require(std::string_view key) const {
    const T* tag = nullptr;
    const Json& value = at(key);
    if (!detail::fits(value, tag)) expected(key, detail::TypeName<T>::value);
    return value.get<T>();
  }
  /// A list of exactly N numbers (integers where T is one).
  template <class T, std::size_t N>
  std::array<T, N> require_array(std::string_view key) const {
    const T* tag = nullptr;
    const Json& value = at(key);
    bool fits = value.is_array() && value.size() == N;
    for (std::size_t i = 0; fits && i < N; ++i) fits = detail::fits(value[i], tag);
    if (!fits) expected(key, fmt::format("a list of {} numbers", N));
    return value.get<std::array<T, N>>();
  }
  template <class T, std::size_t N>
  std::array<T, N> get_array(std::string_view key, std::array<T, N> fallback) const {
    return has(key) ? require_array<T, N>(key) : fallback;
  }
  /// The index in `words` of the word below `key`.
  std::size_t choice(std::string_view key, std::span<const std::string_view> words) const;
  JsonNode child(std::string_view key) const;
  const Json& at(std::string_view key) const;
  const std::string& where() const { return where_; }

 private:
  [[noreturn]] void expected(std::string_view key, std::string_view what) const;

  const Json& json_;
  std::string where_;
};

}  // namespace assay
