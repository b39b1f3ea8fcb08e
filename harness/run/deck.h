#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace assay {

/// The units not yet dealt, dearest first (ties by index). The first units are kept, one for each rank, so
/// that a slow starter finds one. Safe to use from several threads.
class Deck {
 public:
  Deck(std::span<const double> prices, int ranks);
  /// The next unit for a rank. One asked for `ahead` of the present one is refused while fewer are left than
  /// four for each other rank: they go to whoever is idle. A unit held ahead of a long one ends late, which
  /// costs more than waiting for a few images (results/reference/scheduling.md).
  std::optional<std::size_t> take(int rank, bool ahead);
  /// From now on nothing is given to anybody.
  void close();
  bool closed() const;

 private:
  mutable std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::optional<std::size_t>> kept_;  // by rank
  std::deque<std::size_t> rest_;
};

}  // namespace assay
