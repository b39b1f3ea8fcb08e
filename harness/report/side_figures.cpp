#include "harness/report/side_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "harness/report/numbers.h"

namespace assay {
namespace {

/// A mean under way.
struct Mean {
  double sum = 0;
  std::size_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double value() const {
    return count ? sum / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
  }
};

bool has(const std::string& reasons, std::string_view reason) {
  return reasons.find(reason) != std::string::npos;
}

/// What one protocol and experiment add up to.
struct Counts {
  std::map<double, Mean> steps, over_limit;
  Mean over_limit_all;
  std::set<std::pair<std::string, std::size_t>> bases, bases_not_lower;  // (base, image)

  void add(const GainCell& cell, std::size_t image) {
    const GainScore& score = cell.scores[image];
    if (!score.observed) return;
    const GainObservation seen = gain_observation(cell.records[image].values);
    bases.emplace(cell.base_text, image);
    if (has(score.reason_scg, "base_not_lower")) bases_not_lower.emplace(cell.base_text, image);
    if (score.reason_ccg.empty()) steps[cell.rho].add(seen.growth_steps);
    if (has(score.reason_ccg, "empty_mask") || has(score.reason_ccg, "base_not_lower")) return;
    over_limit[cell.rho].add(has(score.reason_ccg, "growth_limit"));
    over_limit_all.add(has(score.reason_ccg, "growth_limit"));
  }
};

std::string published_text(const Published& published, std::string_view figure, std::optional<double> rho) {
  std::string text;
  for (const PublishedFigure& known : published.figures) {
    if (known.figure != figure || known.rho != rho) continue;
    const bool share = known.figure.starts_with("share_");
    std::string value = share ? percent(known.value) : fmt::format("{}", known.value);
    if (known.of) value += fmt::format("/{}", *known.of);
    if (known.relation != "exact") value = known.relation + ' ' + value;
    if (!known.dataset.empty()) value = known.dataset + ' ' + value;
    text += (text.empty() ? "" : ", ") + value;
  }
  return text.empty() ? "-" : text;
}

struct Shown {
  std::string experiment, protocol;
  SideFigures figures;
};

std::vector<Shown> columns_of(const GainTable& table) {
  std::map<int, const GainCell*> experiments;
  for (const GainCell& cell : table.cells) experiments.try_emplace(cell.experiment, &cell);
  std::vector<Shown> columns;
  for (const auto& [experiment, cell] : experiments)
    for (const ScoredProtocol& protocol : table.protocols)
      columns.push_back({full_name(*cell), protocol.name, side_figures(table, protocol.name, experiment)});
  return columns;
}

std::string steps_text(double steps) {
  return std::isnan(steps) ? "-" : fmt::format("{:.1f}", steps);
}

}  // namespace

SideFigures side_figures(const GainTable& table, const std::string& protocol, int experiment) {
  Counts counts;
  for (const GainCell& cell : table.cells) {
    if (cell.protocol != protocol || cell.experiment != experiment || cell.control) continue;
    for (std::size_t i = 0; i < cell.scores.size(); ++i) counts.add(cell, i);
  }
  SideFigures figures;
  for (const auto& [rho, share] : counts.over_limit)
    figures.growth[rho] = {counts.steps[rho].value(), share.value()};
  figures.over_limit = counts.over_limit_all.value();
  figures.base_not_lower = counts.bases.empty() ? std::numeric_limits<double>::quiet_NaN()
                                                : static_cast<double>(counts.bases_not_lower.size()) /
                                                      static_cast<double>(counts.bases.size());
  figures.kept = images_kept_everywhere(table, protocol, experiment);
  return figures;
}

Table side_figure_table(const GainTable& table, const Published& published) {
  const std::vector<Shown> columns = columns_of(table);
  Table side{.title = "Side figures",
             .corner = "",
             .heads = {{""}, {"published"}},
             .left = {},
             .rows = {},
             .notes = {}};
  for (const Shown& column : columns) {
    side.heads[0].push_back(column.experiment);
    side.heads[1].push_back(column.protocol);
  }
  const auto add = [&](std::string name, std::string known,
                       const std::function<std::string(const SideFigures&)>& text) {
    Table::Row row{.block = "", .name = std::move(name), .cells = {{std::move(known)}}};
    for (const Shown& column : columns) row.cells.push_back({text(column.figures)});
    side.rows.push_back(std::move(row));
  };
  std::set<double, std::greater<>> rhos;
  for (const GainCell& cell : table.cells) rhos.insert(cell.rho);
  const auto growth = [](const SideFigures& figures, double rho) {
    const auto found = figures.growth.find(rho);
    return found == figures.growth.end() ? SideFigures::Growth{NAN, NAN} : found->second;
  };
  for (const double rho : rhos)
    add("mean growth steps, rho " + percent(rho), published_text(published, "growth_steps_mean", rho),
        [&](const SideFigures& f) { return steps_text(growth(f, rho).steps); });
  for (const double rho : rhos)
    add("over the growth limit, rho " + percent(rho),
        published_text(published, "share_over_growth_limit", rho),
        [&](const SideFigures& f) { return percent(growth(f, rho).over_limit); });
  add("over the growth limit, all", published_text(published, "share_over_growth_limit", {}),
      [](const SideFigures& f) { return percent(f.over_limit); });
  add("base does not lower the confidence", published_text(published, "share_base_not_lower", {}),
      [](const SideFigures& f) { return percent(f.base_not_lower); });
  add("images that no row leaves out", published_text(published, "images_kept", {}),
      [](const SideFigures& f) { return fmt::format("{}/{}", f.kept.kept, f.kept.images); });
  return side;
}

}  // namespace assay
