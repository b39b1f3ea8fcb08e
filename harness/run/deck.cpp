#include "harness/run/deck.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace assay {
namespace {

/// Units for each other rank that nobody is given ahead of the present one.
constexpr std::size_t kHeldBack = 4;

}  // namespace

Deck::Deck(std::span<const double> prices, int ranks)
    : kept_(static_cast<std::size_t>(ranks)), rest_(prices.size()) {
  std::iota(rest_.begin(), rest_.end(), std::size_t{0});
  std::ranges::stable_sort(rest_, std::greater{}, [&](std::size_t unit) { return prices[unit]; });
  for (std::optional<std::size_t>& first : kept_) {
    if (rest_.empty()) break;
    first = rest_.front();
    rest_.pop_front();
  }
}

std::optional<std::size_t> Deck::take(int rank, bool ahead) {
  const std::lock_guard lock(mutex_);
  if (closed_) return {};
  if (auto first = std::exchange(kept_.at(static_cast<std::size_t>(rank)), std::nullopt)) return first;
  if (rest_.empty() || (ahead && rest_.size() < kHeldBack * (kept_.size() - 1))) return {};
  const std::size_t unit = rest_.front();
  rest_.pop_front();
  return unit;
}

void Deck::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Deck::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

}  // namespace assay
