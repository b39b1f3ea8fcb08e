#include "harness/core/seed.h"

#include "harness/core/hash.h"

namespace assay {
namespace {

std::uint64_t finalise(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
  return word ^ (word >> 31);
}

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

}  // namespace

std::uint64_t mix_seed(std::initializer_list<std::uint64_t> words) {
  std::uint64_t mixed = 0;
  for (const std::uint64_t word : words) mixed = finalise(mixed + kGolden + word);
  return mixed;
}

std::uint64_t mix_seed(std::uint64_t seed, std::string_view name) {
  return mix_seed({seed, hash_text(name).low});
}

Random::result_type Random::operator()() {
  return finalise(state_ += kGolden);
}

double Random::uniform() {
  return static_cast<double>((*this)() >> 11) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>((*this)()) * bound) >> 64);
}

}  // namespace assay
