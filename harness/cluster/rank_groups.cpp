#include "harness/cluster/rank_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {

std::vector<RankGroup> groups_of(const std::vector<std::string>& values) {
  std::vector<RankGroup> groups;
  for (std::size_t rank = 0; rank < values.size(); ++rank) {
    auto same = std::ranges::find(groups, values[rank], &RankGroup::value);
    if (same == groups.end()) same = groups.insert(same, {values[rank], {}});
    same->ranks.push_back(static_cast<int>(rank));
  }
  std::ranges::stable_sort(groups, std::ranges::greater{},
                           [](const RankGroup& group) { return group.ranks.size(); });
  return groups;
}

std::string ranks_text(std::span<const int> ranks) {
  std::vector<std::string> runs;
  for (std::size_t first = 0; first < ranks.size();) {
    std::size_t last = first;
    while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) ++last;
    runs.push_back(first == last ? fmt::format("{}", ranks[first])
                                 : fmt::format("{}-{}", ranks[first], ranks[last]));
    first = last + 1;
  }
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < runs.size(); ++i)
    text += (i == 0 ? "" : i + 1 == runs.size() ? " and " : ", ") + runs[i];
  return text;
}

std::string groups_text(const std::vector<RankGroup>& groups) {
  if (groups.size() == 1) return groups.front().value;
  std::string text;
  for (const RankGroup& group : groups)
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", group.value, ranks_text(group.ranks));
  return text;
}

}  // namespace assay
