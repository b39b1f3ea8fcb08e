#include "harness/report/images.h"

#include <algorithm>
#include <map>
#include <string>

namespace assay {

std::vector<std::size_t> image_indices(const std::vector<SampleRow>& samples) {
  std::map<std::string, std::size_t> known;
  std::size_t count = 0;
  std::vector<std::size_t> indices;
  for (const SampleRow& sample : samples) {
    const bool fresh = sample.image.empty() || known.try_emplace(sample.image, count).second;
    indices.push_back(fresh ? count++ : known.at(sample.image));
  }
  return indices;
}

std::size_t image_count(const std::vector<std::size_t>& indices) {
  return indices.empty() ? 0 : std::ranges::max(indices) + 1;
}

}  // namespace assay
