#include "harness/report/scored_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "harness/report/add_once.h"
#include "harness/report/numbers.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

/// Keys of methods/view.h, which reports do not see: how an attribution is shown.
constexpr std::array<std::string_view, 8> kViewKeys{"reduce",    "smooth", "positive", "dilations",
                                                    "normalise", "resize", "clamp",    "scale"};

bool is_base_of(const ScoredCell& base, const ScoredCell& wrapper) {
  if (wrapper.settings.value("of", Json()) != base.method) return false;
  for (const auto& [key, value] : base.settings.items())
    if (std::ranges::find(kViewKeys, key) == kViewKeys.end() && wrapper.settings.contains(key) &&
        wrapper.settings[key] != value)
      return false;
  return true;
}

/// The differences as samples to be averaged, and those of the base that both keep.
struct Common {
  Averaged difference, base;
  std::size_t kept = 0;
};

Common common_samples(const ScoredLine& wrapper, const ScoredLine& base) {
  const Averaged with = averaged(*wrapper.cell, wrapper.score, wrapper.info->averaging);
  Common common{with, averaged(*base.cell, base.score, base.info->averaging)};
  for (std::size_t i = 0; i < with.top.size(); ++i) {
    const double both = with.bottom[i] * common.base.bottom[i];
    common.base.top[i] *= both;
    common.difference.top[i] = both * with.top[i] - common.base.top[i];
    common.base.bottom[i] = common.difference.bottom[i] = both;
    common.kept += both > 0;
  }
  common.base.classes = with.classes;
  return common;
}

/// Without what needs the other pairs: interval and Holm's p.
std::optional<WrappedPair> pair_of(const ScoredLine& wrapper, const std::vector<const ScoredLine*>& lines,
                                   Averaged& differences) {
  WrappedPair pair;
  for (const ScoredLine* base : lines) {
    if (base->score != wrapper.score || base->cell->variant != wrapper.cell->variant ||
        !is_base_of(*base->cell, *wrapper.cell))
      continue;
    Common common = common_samples(wrapper, *base);
    if (common.kept == 0) continue;
    if (pair.base) {
      pair.others.push_back(base->cell->row);
      continue;
    }
    pair.wrapper = &wrapper;
    pair.base = base;
    pair.kept = common.kept;
    pair.without = average(common.base);
    pair.difference = average(common.difference);
    pair.with = pair.without + pair.difference;
    differences = std::move(common.difference);
  }
  return pair.base ? std::optional(pair) : std::nullopt;
}

/// Which of several bases stands in the table.
std::string choice_text(const WrappedPair& pair) {
  return fmt::format("{} beside {}, the first of several that differ in their view alone; not beside {}",
                     pair.wrapper->cell->row, pair.base->cell->row, fmt::join(pair.others, ", "));
}

Table::Row pair_row(const WrappedPair& pair) {
  const ScoredCell& cell = *pair.wrapper->cell;
  return {.block = pair.wrapper->info->name + (cell.variant.empty() ? "" : ", " + cell.variant),
          .name = cell.row,
          .cells = {{pair.base->cell->row},
                    {times_100(pair.with)},
                    {times_100(pair.without)},
                    {fmt::format("{:+.1f}", 100 * pair.difference)},
                    {range_text(pair.interval)},
                    {p_text(pair.p)},
                    {fmt::format("{}", pair.kept)}}};
}

}  // namespace

std::vector<WrappedPair> wrapped_pairs(const std::vector<const ScoredLine*>& lines,
                                       const std::vector<std::size_t>& images, const ReportOptions& options) {
  std::vector<WrappedPair> pairs;
  std::vector<Averaged> differences;
  std::vector<double> p_values;
  for (const ScoredLine* wrapper : lines) {
    Averaged difference;
    const std::optional<WrappedPair> pair = pair_of(*wrapper, lines, difference);
    if (!pair) continue;
    pairs.push_back(*pair);
    differences.push_back(std::move(difference));
    p_values.push_back(wilcoxon_p(differences_by_image(*wrapper, *pair->base, images)));
  }
  if (pairs.empty()) return pairs;
  const Rounds rounds(pairs.front().base->cell->dataset, images, options.seed);
  const std::vector<Interval> intervals = bootstrap_intervals(differences, rounds, options);
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].interval = intervals[i];
    pairs[i].p = adjusted[i];
  }
  return pairs;
}

Table pairs_table(const std::vector<WrappedPair>& pairs, const std::string& title,
                  const ReportOptions& options) {
  Table table{
      .title = title,
      .corner = "configuration",
      .heads = {{"base", "with", "without", "difference", percent(options.level) + " interval", "p", "kept"}},
      .left = {true, false, false, false, false, false, false},
      .rows = {},
      .notes = {"difference: of the averages over the samples that both keep; p: Wilcoxon over images, Holm "
                "over the table"}};
  std::vector<std::string> blocks;
  for (const WrappedPair& pair : pairs) {
    table.rows.push_back(pair_row(pair));
    add_once(blocks, table.rows.back().block);
    if (!pair.others.empty()) add_once(table.notes, choice_text(pair));
  }
  std::ranges::stable_sort(table.rows, {}, [&](const Table::Row& row) {
    return std::ranges::find(blocks, row.block) - blocks.begin();
  });
  return table;
}

}  // namespace assay
