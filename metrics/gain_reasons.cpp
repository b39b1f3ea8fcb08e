#include "metrics/gain_reasons.h"

namespace assay {

std::string_view name_of(Reason reason) {
  static constexpr std::array<std::string_view, kReasons.size()> names{
      "base_not_lower",   "negative_gain", "growth_limit", "empty_mask",
      "first_mask_right", "elsewhere",     "skipped",      "failed"};
  return names[static_cast<std::size_t>(reason)];
}

std::string Reasons::text() const {
  std::string text;
  for (const Reason reason : kReasons) {
    if (!has(reason)) continue;
    if (!text.empty()) text += '+';
    text += name_of(reason);
  }
  return text;
}

}  // namespace assay
