#include "harness/report/scored_pairs.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/add_once.h"
#include "harness/report/images.h"
#include "harness/report/numbers.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

bool is_base_of(const ScoredCell& base, const ScoredCell& wrapper) {
  const bool wraps = wrapper.settings.value("of", Json()) == base.method;
  if (!wraps) return false;
  for (const auto& [key, value] : base.settings.items())
    if (key != "scale" && wrapper.settings.contains(key) && wrapper.settings[key] != value) return false;
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
  std::vector<double> p_values;
  for (const ScoredLine* wrapper : lines)
    for (const ScoredLine* base : lines) {
      if (base->score != wrapper->score || base->cell->variant != wrapper->cell->variant ||
          !is_base_of(*base->cell, *wrapper->cell))
        continue;
      const Common common = common_samples(*wrapper, *base);
      if (common.kept == 0) continue;
      WrappedPair& pair = pairs.emplace_back();
      pair.wrapper = wrapper;
      pair.base = base;
      pair.kept = common.kept;
      pair.without = average(common.base);
      pair.difference = average(common.difference);
      pair.with = pair.without + pair.difference;
      pair.interval = {kNaN, kNaN};
      if (image_count(images) > 1)
        pair.interval = bootstrap_intervals({common.difference},
                                            Rounds(base->cell->dataset, images, options.seed), options)
                            .front();
      p_values.push_back(wilcoxon_p(differences_by_image(*wrapper, *base, images)));
    }
  const std::vector<double> adjusted = holm(p_values);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].p = adjusted[i];
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
  }
  std::ranges::stable_sort(table.rows, {}, [&](const Table::Row& row) {
    return std::ranges::find(blocks, row.block) - blocks.begin();
  });
  return table;
}

}  // namespace assay
