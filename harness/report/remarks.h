#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/report/add_once.h"

namespace assay {

/// Remarks a, b, c ...: each text once.
class Remarks {
 public:
  std::string letter(const std::string& text) {
    add_once(texts_, text);
    return name(std::ranges::find(texts_, text) - texts_.begin());
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < texts_.size(); ++i)
      notes.push_back(fmt::format("{}: {}", name(static_cast<std::ptrdiff_t>(i)), texts_[i]));
    return notes;
  }

 private:
  static std::string name(std::ptrdiff_t i) {
    return (i >= 26 ? name(i / 26 - 1) : "") + static_cast<char>('a' + i % 26);
  }
  std::vector<std::string> texts_;
};

}  // namespace assay
