#include "harness/cluster/time_limit.h"

#include <fmt/format.h>

#include <charconv>

namespace assay {
namespace {

constexpr std::int64_t kMostDays = 10'000;

/// Digits only, below `end`.
std::optional<std::int64_t> number_below(std::string_view digits, std::int64_t end) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return value < 0 || value >= end ? std::nullopt : std::optional(value);
}

}  // namespace

std::optional<std::int64_t> seconds_of_limit(std::string_view text) {
  std::int64_t seconds = 0;
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto days = number_below(text.substr(0, dash), kMostDays);
    if (!days) return std::nullopt;
    seconds = *days * 86400;
    text.remove_prefix(dash + 1);
  }
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hours = number_below(text.substr(0, 2), dash == std::string_view::npos ? 100 : 24);
  const auto minutes = number_below(text.substr(3, 2), 60);
  const auto rest = number_below(text.substr(6, 2), 60);
  if (!hours || !minutes || !rest) return std::nullopt;
  return seconds + *hours * 3600 + *minutes * 60 + *rest;
}

std::string limit_text(std::int64_t seconds) {
  const std::int64_t days = seconds / 86400;
  return fmt::format("{}{:02}:{:02}:{:02}", days > 0 ? fmt::format("{}-", days) : "", seconds / 3600 % 24,
                     seconds / 60 % 60, seconds % 60);
}

}  // namespace assay
