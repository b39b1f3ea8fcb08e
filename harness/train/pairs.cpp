#include "harness/train/pairs.h"

#include <utility>

#include "harness/core/error.h"
#include "harness/core/seed.h"

namespace assay {
namespace {

void fill_up(std::vector<Pair>& pairs, std::size_t count, Random& random) {
  const std::size_t own = pairs.size();
  while (pairs.size() < count) pairs.push_back(pairs[random.below(own)]);
}

void shuffle(std::vector<Pair>& pairs, Random& random) {
  for (std::size_t i = pairs.size(); i > 1; --i) std::swap(pairs[i - 1], pairs[random.below(i)]);
}

}  // namespace

std::vector<Pair> balanced_pairs(std::span<const std::int64_t> labels, std::uint64_t seed) {
  std::vector<Pair> similar, dissimilar;
  for (std::int64_t i = 0; i < std::ssize(labels); ++i)
    for (std::int64_t j = 0; j < std::ssize(labels); ++j) {
      const bool same = labels[i] == labels[j];
      (same ? similar : dissimilar).push_back({i, j, same});
    }
  if (dissimilar.empty()) throw ConfigError("training needs views of at least two floors");
  Random random(seed);
  fill_up(similar, dissimilar.size(), random);
  fill_up(dissimilar, similar.size(), random);
  similar.insert(similar.end(), dissimilar.begin(), dissimilar.end());
  shuffle(similar, random);
  return similar;
}

}  // namespace assay
