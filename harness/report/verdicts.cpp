#include "harness/report/verdicts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/report/add_once.h"
#include "harness/report/numbers.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 5> kVerdictNames{"passes", "fails", "undecided", "uninformative", "-"};

Table::Row verdict_row(const std::vector<const ScoredLine*>& lines, const ScoredCell& cell,
                       const std::vector<std::size_t>& scores) {
  Table::Row row{.block = cell.variant, .name = cell.row, .cells = {}};
  for (const std::size_t score : scores) {
    const auto found = std::ranges::find_if(
        lines, [&](const ScoredLine* line) { return line->cell == &cell && line->score == score; });
    const SanityVerdict verdict = found == lines.end() ? SanityVerdict::none : verdict_of(**found);
    row.cells.push_back({std::string(name_of(verdict))});
  }
  return row;
}

}  // namespace

std::string_view name_of(SanityVerdict verdict) {
  return kVerdictNames.at(static_cast<std::size_t>(verdict));
}

SanityVerdict verdict_of(const ScoredLine& line) {
  const double threshold = line.info->passes;
  if (std::isnan(threshold)) return SanityVerdict::none;
  const auto unstable = line.left_out.find(std::string(kNotRepeatable));
  if (unstable != line.left_out.end() && unstable->second >= line.kept) return SanityVerdict::uninformative;
  if (line.kept == 0) return SanityVerdict::none;
  const bool known = !std::isnan(line.interval.low);
  const double low = known ? line.interval.low : line.average;
  const double high = known ? line.interval.high : line.average;
  if (low >= threshold) return SanityVerdict::passes;
  return high < threshold ? SanityVerdict::fails : SanityVerdict::undecided;
}

Table verdict_table(const ScoredMetric& metric, const std::vector<const ScoredLine*>& lines,
                    const std::string& where) {
  std::vector<std::size_t> scores;
  std::vector<const ScoredCell*> cells;
  for (const std::size_t score : metric.shown)
    if (!std::isnan(metric.scores[score].passes)) scores.push_back(score);
  Table table{.title = fmt::format("{}: verdicts: {}", metric.metric, where),
              .corner = "configuration",
              .heads = {},
              .left = std::vector<bool>(scores.size(), true),
              .rows = {},
              .notes = {}};
  if (scores.empty()) return table;
  table.heads.emplace_back();
  for (const std::size_t score : scores) table.heads.front().push_back(metric.scores[score].name);
  std::vector<std::string> variants;
  for (const ScoredLine* line : lines) {
    add_once(cells, line->cell);
    add_once(variants, line->cell->variant);
  }
  for (const std::string& variant : variants)
    for (const ScoredCell* cell : cells)
      if (cell->variant == variant) table.rows.push_back(verdict_row(lines, *cell, scores));
  table.notes.push_back(fmt::format(
      "passes: the interval of the average is at or above {}, fails: below, undecided: around it; "
      "uninformative: at least half of the samples are other maps each time they are explained",
      times_100(metric.scores[scores.front()].passes)));
  return table;
}

}  // namespace assay
