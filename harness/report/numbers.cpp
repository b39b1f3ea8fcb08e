#include "harness/report/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay {

std::string times_100(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.1f}", 100 * value);
}

std::string percent(double share) {
  if (std::isnan(share)) return "-";
  const std::string text = fmt::format("{:.1f}", 100 * share);
  return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + " %";
}

std::string range_text(const Interval& interval) {
  if (std::isnan(interval.low) || std::isnan(interval.high)) return "-";
  return fmt::format("{}..{}", times_100(interval.low), times_100(interval.high));
}

std::string p_text(double p) {
  return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p);
}

std::string why_empty(std::span<const Record> records) {
  for (const Status status : {Status::skipped, Status::failed}) {
    const bool all = std::ranges::all_of(records, [&](const Record& r) { return r.status == status; });
    if (all && !records.empty()) return fmt::format("{}: {}", name_of(status), records.front().reason);
  }
  return "- (all left out)";
}

std::string experiment_label(const GainTable& table, const GainCell& cell) {
  const auto varies = [&](std::string GainCell::*name) {
    return std::ranges::any_of(table.cells, [&](const GainCell& other) { return other.*name != cell.*name; });
  };
  const bool datasets = varies(&GainCell::dataset), networks = varies(&GainCell::network);
  if (datasets && networks) return full_name(cell);
  return datasets ? cell.dataset : networks ? cell.network : "";
}

std::string full_name(const GainCell& cell) {
  return fmt::format("{} / {}", cell.dataset, cell.network);
}

}  // namespace assay
