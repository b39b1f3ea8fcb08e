#pragma once

#include <span>
#include <string>
#include <vector>

namespace assay {

/// Ranks that say the same.
struct RankGroup {
  std::string value;
  std::vector<int> ranks;
};

/// `values` by rank. The largest group first, ties by their first rank.
std::vector<RankGroup> groups_of(const std::vector<std::string>& values);

/// "rank 3", "ranks 0-2 and 5".
std::string ranks_text(std::span<const int> ranks);

/// "A" when all say the same, otherwise "A (ranks 0-2), B (rank 3)".
std::string groups_text(const std::vector<RankGroup>& groups);

}  // namespace assay
