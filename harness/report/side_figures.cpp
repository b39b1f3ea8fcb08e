#include "harness/report/side_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "harness/core/statistics.h"
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
  double value() const { return count ? sum / static_cast<double>(count) : kNaN; }
};

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
    if (score.reason_scg.has(Reason::base_not_lower)) bases_not_lower.emplace(cell.base_text, image);
    if (score.reason_ccg.empty()) steps[cell.rho].add(seen.growth_steps);
    if (score.reason_ccg.has(Reason::empty_mask) || score.reason_ccg.has(Reason::base_not_lower)) return;
    over_limit[cell.rho].add(score.reason_ccg.has(Reason::growth_limit));
    over_limit_all.add(score.reason_ccg.has(Reason::growth_limit));
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

std::string steps_text(double steps) {
  return std::isnan(steps) ? "-" : fmt::format("{:.1f}", steps);
}

SideFigures::Growth growth(const SideFigures& figures, double rho) {
  const auto found = figures.growth.find(rho);
  return found == figures.growth.end() ? SideFigures::Growth{kNaN, kNaN} : found->second;
}

/// A column of the table.
struct Figure {
  std::string group, name, published;
  std::function<std::string(const SideFigures&)> text;
};

std::vector<Figure> figures_of(const GainTable& table, const Published& published) {
  std::set<double, std::greater<>> rhos;
  for (const GainCell& cell : table.cells) rhos.insert(cell.rho);
  std::vector<Figure> figures;
  for (const double rho : rhos)
    figures.push_back({"growth steps", percent(rho), published_text(published, "growth_steps_mean", rho),
                       [rho](const SideFigures& f) { return steps_text(growth(f, rho).steps); }});
  for (const double rho : rhos)
    figures.push_back({"over the limit", percent(rho),
                       published_text(published, "share_over_growth_limit", rho),
                       [rho](const SideFigures& f) { return percent(growth(f, rho).over_limit); }});
  figures.push_back({"over the limit", "all", published_text(published, "share_over_growth_limit", {}),
                     [](const SideFigures& f) { return percent(f.over_limit); }});
  figures.push_back({"base", "not lower", published_text(published, "share_base_not_lower", {}),
                     [](const SideFigures& f) { return percent(f.base_not_lower); }});
  figures.push_back({"holds everywhere", "base lower", "-", [](const SideFigures& f) {
                       return fmt::format("{}/{}", f.hold.base_lower, f.hold.images);
                     }});
  figures.push_back({"holds everywhere", "all conditions", published_text(published, "images_kept", {}),
                     [](const SideFigures& f) { return fmt::format("{}/{}", f.hold.all, f.hold.images); }});
  return figures;
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
  figures.base_not_lower = counts.bases.empty() ? kNaN
                                                : static_cast<double>(counts.bases_not_lower.size()) /
                                                      static_cast<double>(counts.bases.size());
  figures.hold = conditions_hold_everywhere(table, protocol, experiment);
  return figures;
}

Table side_figure_table(const GainTable& table, const Published& published) {
  const std::vector<Figure> figures = figures_of(table, published);
  Table side{
      .title = "Side figures", .corner = "protocol", .heads = {{}, {}}, .left = {}, .rows = {}, .notes = {}};
  Table::Row known{.block = "", .name = "published", .cells = {}};
  for (const Figure& figure : figures) {
    side.heads[0].push_back(figure.group);
    side.heads[1].push_back(figure.name);
    known.cells.push_back({figure.published});
  }
  side.rows.push_back(std::move(known));
  std::map<int, const GainCell*> experiments;
  for (const GainCell& cell : table.cells) experiments.try_emplace(cell.experiment, &cell);
  for (const auto& [experiment, cell] : experiments)
    for (const ScoredProtocol& protocol : table.protocols) {
      const SideFigures ours = side_figures(table, protocol.name, experiment);
      Table::Row row{.block = full_name(*cell), .name = protocol.name, .cells = {}};
      for (const Figure& figure : figures) row.cells.push_back({figure.text(ours)});
      side.rows.push_back(std::move(row));
    }
  return side;
}

}  // namespace assay
