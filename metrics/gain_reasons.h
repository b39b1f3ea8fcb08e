#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

/// Why an image is left out of SCG or CCG; see GainScore. In the order in which reasons are named.
enum class Reason : std::uint8_t {
  base_not_lower,
  negative_gain,
  growth_limit,
  empty_mask,
  first_mask_right,
  elsewhere,
  skipped,
  failed
};
inline constexpr std::array kReasons{
    Reason::base_not_lower,   Reason::negative_gain, Reason::growth_limit, Reason::empty_mask,
    Reason::first_mask_right, Reason::elsewhere,     Reason::skipped,      Reason::failed};
std::string_view name_of(Reason reason);

/// A set of reasons; empty = the image is kept. One byte, for tables of millions of scores.
class Reasons {
 public:
  bool empty() const { return bits_ == 0; }
  bool has(Reason reason) const { return (bits_ & bit(reason)) != 0; }
  /// One of the two conditions on confidences fails: base_not_lower or negative_gain (papers.md 8.3 item 14).
  bool of_confidence() const { return has(Reason::base_not_lower) || has(Reason::negative_gain); }
  /// Adds a reason where it applies.
  void add(Reason reason, bool applies = true) {
    if (applies) bits_ = static_cast<std::uint8_t>(bits_ | bit(reason));
  }
  /// "growth_limit+empty_mask"; "" when kept.
  std::string text() const;

 private:
  static unsigned bit(Reason reason) { return 1u << static_cast<unsigned>(reason); }
  std::uint8_t bits_ = 0;
};

}  // namespace assay
