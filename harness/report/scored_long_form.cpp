#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "harness/report/scored_tables.h"
#include "harness/report/verdicts.h"

namespace assay {
namespace {

struct ScoredField {
  std::string name;
  std::function<std::string(const ScoredLine&)> text;
};

std::string hundredfold(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.6g}", 100 * value);
}

std::string flag(bool value) {
  return value ? "1" : "0";
}

std::string reason_counts(const ScoredLine& line) {
  std::string text;
  for (const auto& [reason, count] : line.left_out)
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", reason, count);
  return text;
}

std::string verdict_text(const ScoredLine& line) {
  return std::isnan(line.info->passes) ? "" : std::string(name_of(verdict_of(line)));
}

std::vector<ScoredField> scored_fields() {
  using L = ScoredLine;
  return {{"protocol", [](const L& l) { return l.cell->protocol; }},
          {"dataset", [](const L& l) { return l.cell->dataset; }},
          {"network", [](const L& l) { return l.cell->network; }},
          {"metric", [](const L& l) { return l.cell->metric; }},
          {"variant", [](const L& l) { return l.cell->variant; }},
          {"row", [](const L& l) { return l.cell->row; }},
          {"method", [](const L& l) { return l.cell->method; }},
          {"control", [](const L& l) { return flag(l.cell->control); }},
          {"score", [](const L& l) { return l.info->name; }},
          {"average_x100", [](const L& l) { return hundredfold(l.average); }},
          {"low_x100", [](const L& l) { return hundredfold(l.interval.low); }},
          {"high_x100", [](const L& l) { return hundredfold(l.interval.high); }},
          {"median_x100", [](const L& l) { return hundredfold(l.median); }},
          {"lower_quartile_x100", [](const L& l) { return hundredfold(l.quartiles.low); }},
          {"upper_quartile_x100", [](const L& l) { return hundredfold(l.quartiles.high); }},
          {"chance_x100", [](const L& l) { return hundredfold(l.chance); }},
          {"samples", [](const L& l) { return fmt::format("{}", l.cell->records.size()); }},
          {"kept", [](const L& l) { return fmt::format("{}", l.kept); }},
          {"left_out", reason_counts},
          {"suspect", [](const L& l) { return fmt::format("{}", l.suspect); }},
          {"p_holm", [](const L& l) { return l.p ? fmt::format("{:.6g}", *l.p) : ""; }},
          {"best", [](const L& l) { return flag(l.best); }},
          {"tied", [](const L& l) { return flag(l.tied); }},
          {"why", [](const L& l) { return l.why; }},
          {"note", [](const L& l) { return l.cell->note; }},
          {"verdict", verdict_text}};
}

}  // namespace

Table scored_long_form(const std::vector<ScoredLine>& lines) {
  const std::vector<ScoredField> all = scored_fields();
  Table table;
  table.corner = all.front().name;
  table.heads.emplace_back();
  for (std::size_t i = 1; i < all.size(); ++i) table.heads.front().push_back(all[i].name);
  for (const ScoredLine& line : lines) {
    Table::Row row{.block = "", .name = all.front().text(line), .cells = {}};
    for (std::size_t i = 1; i < all.size(); ++i) row.cells.push_back({all[i].text(line)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace assay
