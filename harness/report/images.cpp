#include "harness/report/images.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace assay {
namespace {

constexpr std::ptrdiff_t kLongestExtension = 4;  // "JPEG"

bool ends_like_a_file(const std::string& name) {
  const std::size_t point = name.rfind('.');
  if (point == std::string::npos) return false;
  const auto first = name.begin() + static_cast<std::ptrdiff_t>(point) + 1;
  return first != name.end() && name.end() - first <= kLongestExtension &&
         std::all_of(first, name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

}  // namespace

std::string image_name(const std::string& sample) {
  const std::size_t slash = sample.rfind('/');
  if (slash == std::string::npos || ends_like_a_file(sample.substr(slash + 1))) return sample;
  return sample.substr(0, slash);
}

std::vector<std::size_t> image_indices(const std::vector<SampleRow>& samples) {
  std::map<std::string, std::size_t> known;
  std::vector<std::size_t> indices;
  for (const SampleRow& sample : samples)
    indices.push_back(known.try_emplace(image_name(sample.name), known.size()).first->second);
  return indices;
}

std::size_t image_count(const std::vector<std::size_t>& indices) {
  return indices.empty() ? 0 : std::ranges::max(indices) + 1;
}

}  // namespace assay
