#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay {

/// Two views, by index; `similar` when they show the same floor.
struct Pair {
  std::int64_t first = 0, second = 0;
  bool similar = false;
  bool operator==(const Pair&) const = default;
};

/// All ordered pairs of views, a view with itself included (its two crops differ); the smaller of the similar
/// and the dissimilar ones is filled up with pairs drawn from it until both are equally many (papers.md 8.4:
/// 6 floors of 3 views have 54 similar and 270 dissimilar pairs, and so 540 an epoch). In the order drawn by
/// `seed` (the first author's code trains on the similar ones first, unshuffled; with momentum and one pair
/// a step that is an accident, not a method).
/// Throws ConfigError when there is only one floor.
std::vector<Pair> balanced_pairs(std::span<const std::int64_t> labels, std::uint64_t seed);

}  // namespace assay
