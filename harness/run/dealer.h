#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace assay {

/// MPI for the life of one program: initialised with MPI_THREAD_MULTIPLE, finalised (or aborted when an exception is under
/// way, since a rank that throws would hang the others). The only place of the project that knows MPI besides dealer.cpp.
class Ranks {
 public:
  /// Throws ConfigError when the launcher started several singletons instead of one world (SLURM_NTASKS > 1, size 1).
  Ranks();
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  int rank() const;
  int size() const;
  /// Index of this rank among those of its node: chooses the GPU.
  int local_rank() const;
  void barrier() const;
  /// Rank 0's text on every rank.
  std::string broadcast(std::string text) const;
  /// The sum over ranks, on every rank.
  long long sum(long long value) const;
};

/// What the dealer asks of its user, on every rank.
struct Worker {
  /// A unit that will be worked on after the present one: start decoding.
  std::function<void(std::size_t unit)> announce;
  /// Compute it and make it durable. Throwing ends the whole run.
  std::function<void(std::size_t unit)> work;
};

/// Deals units 0..prices.size()-1 to ranks, dearest first (ties by index), each once: rank 0 answers requests on a thread of
/// its own and works as well. Every rank holds one unit ahead, so that it never waits. `finished` is called on rank 0 only,
/// from the dealing thread, whenever a unit of any rank is done. Collective.
void deal(const Ranks& ranks, std::span<const double> prices, const Worker& worker,
          const std::function<void(std::size_t unit)>& finished);

}  // namespace assay
