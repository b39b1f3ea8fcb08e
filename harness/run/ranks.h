#pragma once

#include <string>
#include <vector>

namespace assay {

/// MPI for the life of one program. The only place of the project that knows MPI besides ranks.cpp and
/// dealer.cpp. Every wait sleeps between looks (0.2 to 2 ms): a rank that waits leaves its core to those that
/// compute.
class Ranks {
 public:
  /// Initialises MPI with MPI_THREAD_MULTIPLE; also without a launcher, as one rank. Throws Error when the
  /// MPI library lacks it, ConfigError when ranks that were started together would not be one world
  /// (launch_mistake(): before MPI is asked where the environment tells, because Open MPI aborts there).
  Ranks();
  /// Finalises; with an exception under way and several ranks, aborts them all (status 1): one that throws
  /// would hang the others.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  int rank() const;
  int size() const;
  /// The first rank of its node: the same number on all of them and no other.
  int node() const { return node_; }
  void barrier() const;
  /// Rank 0's text on every rank.
  std::string broadcast(std::string text) const;
  /// Every rank's text by rank, on every rank; at most 2 GiB in all.
  std::vector<std::string> gather(const std::string& text) const;
  /// The sum over ranks, on every rank.
  long long sum(long long value) const;
  /// Prints "assay: rank R: MESSAGE" and ends every rank with exit status 1.
  [[noreturn]] void abort(const std::string& message) const;

 private:
  int node_ = 0;
};

/// "Open MPI 4.1.4": the library that ranks talk through.
std::string mpi_library();

}  // namespace assay
