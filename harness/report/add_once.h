#pragma once

#include <algorithm>
#include <vector>

namespace assay {

/// Appends what the list does not hold yet.
template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::ranges::find(list, value) == list.end()) list.push_back(value);
}

}  // namespace assay
