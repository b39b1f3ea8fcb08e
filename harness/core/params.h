#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace assay {

using Json = nlohmann::json;  // objects are sorted by key, so a dump is canonical

/// Where each node of a configuration file was written, by JSON pointer ("/methods/3/layer").
struct Locations {
  struct Place {
    int line = 0;    // 1-based
    int column = 0;  // 1-based
    std::string
        source;  // instead of file, line and column for a node from elsewhere: "--set numerics.batch=16"
  };
  std::string file;
  std::map<std::string, Place> places;
  std::map<std::string, std::string>
      moved;  // nodes taken over from another place of the file -> their own pointer
};

/// One parameter as `assay list` shows it.
struct ParamDoc {
  std::string key;
  std::string type;
  std::string fallback;  // "required" when there is none
  std::string doc;
};

/// The parameters of one thing (a method, a metric, a dataset). Reading a key says its default and its
/// meaning in the same line; a key that nobody reads is an error. Errors read `FILE:LINE:COL: key.path:
/// message`.
class Params {
 public:
  /// `pointer` is the JSON pointer of `values` inside the file that `locations` describes.
  explicit Params(Json values = Json::object(), std::string pointer = "",
                  std::shared_ptr<const Locations> locations = nullptr);
  /// Answers every read with its fallback and every requirement with an empty value, to collect docs().
  static Params describing();

  template <class T>
  T get(std::string_view key, T fallback, std::string_view doc);
  template <class T>
  T require(std::string_view key, std::string_view doc);
  /// One word out of `words`; an unknown one is an error that lists them.
  std::string choice(std::string_view key, std::string_view fallback,
                     std::initializer_list<std::string_view> words, std::string_view doc);

  bool has(std::string_view key) const { return values_.contains(key); }
  /// The raw node of a key, marked as read; null when absent.
  Json raw(std::string_view key, std::string_view doc);
  /// Puts into resolved() what a key that was read with raw(), child() or children() came to.
  void resolve(std::string_view key, Json value) { resolved_[std::string(key)] = std::move(value); }
  /// Parameters below a key; absent means empty. The caller calls finish() on them.
  Params child(std::string_view key) const;
  /// The elements of a list below a key, each as Params; absent means none.
  std::vector<Params> children(std::string_view key) const;

  /// The same parameters without these keys, of which nothing is read yet: for something that is made along
  /// with this and may have keys of the same names.
  Params without(std::span<const std::string_view> keys) const;
  /// Takes over what was read from such parameters; what was read here stays as it is.
  void join(const Params& other);

  /// Throws ConfigError at the place of `key` (of the whole node when `key` is empty).
  [[noreturn]] void fail(std::string_view key, std::string_view message) const;
  /// Throws ConfigError for the first key that nobody read; names near keys.
  void finish() const;

  /// Every parameter that was read with the value it got, defaults included: the identity of what was
  /// configured.
  const Json& resolved() const { return resolved_; }
  const std::vector<ParamDoc>& docs() const { return docs_; }
  const Json& values() const { return values_; }
  bool is_describing() const { return describing_; }

 private:
  const Json* find(std::string_view key);
  void note(std::string_view key, std::string_view type, std::string fallback, std::string_view doc);
  template <class T>
  T convert(std::string_view key, const Json& value) const;

  Json values_;
  std::string pointer_;
  std::shared_ptr<const Locations> locations_;
  bool describing_ = false;
  mutable std::vector<std::string> read_;
  Json resolved_ = Json::object();
  std::vector<ParamDoc> docs_;
};

/// An integer of at least 1.
std::int64_t positive(Params& params, std::string_view key, std::int64_t fallback, std::string_view doc);

/// The names of `known` nearest to `name` first, joined by ", ", at most `limit` of them.
std::string nearest_names(std::string_view name, std::vector<std::string> known, std::size_t limit = 8);

// Implementation
// ------------------------------------------------------------------------------------------------------

namespace detail {
template <class T>
struct TypeName;
template <>
struct TypeName<bool> {
  static constexpr const char* value = "true or false";
};
template <>
struct TypeName<int> {
  static constexpr const char* value = "an integer";
};
template <>
struct TypeName<std::int64_t> {
  static constexpr const char* value = "an integer";
};
template <>
struct TypeName<double> {
  static constexpr const char* value = "a number";
};
template <>
struct TypeName<std::string> {
  static constexpr const char* value = "text";
};
template <>
struct TypeName<std::vector<double>> {
  static constexpr const char* value = "a list of numbers";
};
template <>
struct TypeName<std::vector<int>> {
  static constexpr const char* value = "a list of integers";
};
template <>
struct TypeName<std::vector<std::string>> {
  static constexpr const char* value = "a list of texts";
};

/// nlohmann's conversions accept too much (true -> 1.0, 2.7 -> 2); these accept what a reader of YAML
/// expects.
bool fits(const Json& value, const bool*);
bool fits(const Json& value, const int*);
bool fits(const Json& value, const std::int64_t*);
bool fits(const Json& value, const double*);
bool fits(const Json& value, const std::string*);
template <class T>
bool fits(const Json& value, const std::vector<T>*) {
  if (!value.is_array()) return fits(value, static_cast<const T*>(nullptr));
  for (const Json& element : value)
    if (!fits(element, static_cast<const T*>(nullptr))) return false;
  return true;
}
template <class T>
T as(const Json& value, const T*) {
  return value.get<T>();
}
template <class T>
std::vector<T> as(const Json& value, const std::vector<T>*) {  // a single value stands for a list of one
  return value.is_array() ? value.get<std::vector<T>>() : std::vector<T>{value.get<T>()};
}
}  // namespace detail

template <class T>
T Params::convert(std::string_view key, const Json& value) const {
  const T* tag = nullptr;
  if (!detail::fits(value, tag))
    fail(key, std::string("expected ") + detail::TypeName<T>::value + ", got " + value.dump());
  return detail::as(value, tag);
}

template <class T>
T Params::get(std::string_view key, T fallback, std::string_view doc) {
  note(key, detail::TypeName<T>::value, Json(fallback).dump(), doc);
  const Json* value = find(key);
  T result = value ? convert<T>(key, *value) : std::move(fallback);
  resolved_[std::string(key)] = result;
  return result;
}

template <class T>
T Params::require(std::string_view key, std::string_view doc) {
  note(key, detail::TypeName<T>::value, "required", doc);
  const Json* value = find(key);
  if (!value) {
    if (describing_) return T{};
    fail("", "missing key '" + std::string(key) + "' (" + std::string(doc) + ")");
  }
  T result = convert<T>(key, *value);
  resolved_[std::string(key)] = result;
  return result;
}

}  // namespace assay
