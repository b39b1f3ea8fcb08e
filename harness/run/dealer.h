#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "harness/run/ranks.h"

namespace assay {

/// What the dealer asks of its user, on every rank.
struct Worker {
  /// A unit that will be worked on after the present one: start decoding. Called once for each unit before
  /// its work, in the order of work.
  std::function<void(std::size_t unit)> announce;
  /// Compute it and hand it to what makes it durable. Throwing ends the whole run: with several ranks by
  /// Ranks::abort(), with one by passing the exception on.
  std::function<void(std::size_t unit)> work;
  /// Whether this rank was told to stop; asked between units. Then all ranks finish the units that they work
  /// on and begin no other. Empty: never.
  std::function<bool()> stop = {};
};

/// Deals units 0..prices.size()-1 to ranks, dearest first (ties by index), each once, and to every rank at
/// least one when there are enough. Rank 0 answers requests on a thread of its own and works as well. Every
/// rank holds one unit ahead, so that it never waits, except for the last few (deck.h), which go to whoever
/// is idle. `finished` is called on rank 0 only, always from the same thread, which is not the caller's when
/// there are several ranks, whenever a unit of any rank is done. Collective. Returns on every rank whether
/// all units are done: not when one was told to stop before.
bool deal(const Ranks& ranks, std::span<const double> prices, const Worker& worker,
          const std::function<void(std::size_t unit)>& finished);

}  // namespace assay
