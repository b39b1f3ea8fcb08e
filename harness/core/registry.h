#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/params.h"

namespace assay {

/// A table of contents: name -> one-line summary and factory. Built from a .def file, so its order is
/// readable.
template <class T>
struct Entry {
  std::string name;
  std::string summary;
  std::function<std::unique_ptr<T>(Params&)> make;
};

/// `occ` stays, `c_mwp` becomes `c-mwp`: file names and C++ names use underscores, users write hyphens.
std::string user_name(std::string_view identifier);

/// The entry of that name; otherwise params.fail() at `key`, listing the known names, nearest first.
template <class T>
const Entry<T>& find_entry(const std::vector<Entry<T>>& entries, std::string_view name, const Params& params,
                           std::string_view key) {
  std::vector<std::string> known;
  for (const Entry<T>& entry : entries) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  params.fail(key, fmt::format("unknown name '{}'; known: {}", name, nearest_names(name, known, 32)));
}

}  // namespace assay
