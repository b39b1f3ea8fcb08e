#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace assay {

/// Random numbers keyed by what they are for, never by the state of a stream: the same for any number of
/// ranks. Mixes 64-bit words into one (SplitMix64 finaliser, Steele 2014).
std::uint64_t mix_seed(std::initializer_list<std::uint64_t> words);
std::uint64_t mix_seed(std::uint64_t seed, std::string_view name);

/// SplitMix64 generator: a UniformRandomBitGenerator with platform-independent output.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed) : state_(seed) {}
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();
  /// In [0, 1), 53 bits.
  double uniform();
  /// In [0, bound), without modulo bias worth speaking of (bound below 2^32).
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

}  // namespace assay
