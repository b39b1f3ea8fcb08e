#include "harness/report/long_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "harness/report/numbers.h"

namespace assay {
namespace {

/// One column of the long form.
struct Field {
  std::string name;
  std::function<std::string(const Line&)> text;
};

std::string number(double value) {
  return std::isnan(value) ? "" : fmt::format("{:.6g}", value);
}

std::vector<Field> fields() {
  std::vector<Field> all{
      {"protocol", [](const Line& l) { return l.cell->protocol; }},
      {"dataset", [](const Line& l) { return l.cell->dataset; }},
      {"network", [](const Line& l) { return l.cell->network; }},
      {"row", [](const Line& l) { return l.cell->row; }},
      {"method", [](const Line& l) { return l.cell->method; }},
      {"control", [](const Line& l) { return std::string(l.cell->control ? "1" : "0"); }},
      {"rho", [](const Line& l) { return fmt::format("{}", l.cell->rho); }},
      {"base", [](const Line& l) { return l.cell->base_text; }},
      {"score", [](const Line& l) { return std::string(name_of(l.measure)); }},
      {"mean_x100", [](const Line& l) { return number(100 * l.mean); }},
      {"low_x100", [](const Line& l) { return number(100 * l.interval.low); }},
      {"high_x100", [](const Line& l) { return number(100 * l.interval.high); }},
      {"median_x100", [](const Line& l) { return number(100 * l.median); }},
      {"share_over_1", [](const Line& l) { return number(l.over_one); }},
      {"images", [](const Line& l) { return fmt::format("{}", l.images); }},
      {"kept", [](const Line& l) { return fmt::format("{}", l.kept); }},
      {"mask_on_object_x100",
       [](const Line& l) { return l.cell->mask ? number(100 * l.cell->mask->on_region) : ""; }},
      {"object_area_x100",
       [](const Line& l) { return l.cell->mask ? number(100 * l.cell->mask->area) : ""; }},
      {"images_with_object",
       [](const Line& l) { return l.cell->mask ? fmt::format("{}", l.cell->mask->images) : ""; }},
  };
  for (const Reason reason : kReasons)
    all.push_back({fmt::format("left_{}", name_of(reason)), [reason](const Line& l) {
                     const auto found = l.left_out.find(std::string(name_of(reason)));
                     return fmt::format("{}", found == l.left_out.end() ? 0 : found->second);
                   }});
  all.insert(all.end(),
             {{"suspect", [](const Line& l) { return fmt::format("{}", l.suspect); }},
              {"p_holm", [](const Line& l) { return l.p ? number(*l.p) : ""; }},
              {"best", [](const Line& l) { return std::string(l.best ? "1" : "0"); }},
              {"tied", [](const Line& l) { return std::string(l.tied ? "1" : "0"); }},
              {"published_x100", [](const Line& l) { return l.published ? number(*l.published) : ""; }},
              {"why", [](const Line& l) { return l.why; }},
              {"note", [](const Line& l) { return l.cell->note; }}});
  return all;
}

std::string left_out_text(const Line& line) {
  std::string text;
  const auto add = [&](const std::string& what, std::size_t count) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, count);
  };
  for (const auto& [reason, count] : line.left_out) add(reason, count);
  if (line.suspect > 0) add("(suspect, kept)", line.suspect);
  return text.empty() ? "none" : text;
}

std::string versus_best(const Line& line) {
  if (line.best) return "best";
  if (!line.p) return "-";
  return p_text(*line.p) + (line.tied ? "=" : " ");
}

Table::Row detail_row(const Line& line) {
  Table::Row row{.block = "base " + line.cell->base_text, .name = line.cell->row, .cells = {}};
  row.cells = {{line.kept ? times_100(line.mean) : line.why.substr(0, line.why.find(':'))},
               {line.published ? fmt::format("{}", *line.published) : "-"},
               {range_text(line.interval)},
               {times_100(line.median)},
               {percent(line.over_one)},
               {versus_best(line)},
               {fmt::format("{}/{}", line.kept, line.images)},
               {left_out_text(line)}};
  return row;
}

std::string detail_title(const Line& line) {
  return fmt::format("{} x100, rho = {}, protocol {}, {}", name_of(line.measure), percent(line.cell->rho),
                     line.cell->protocol, full_name(*line.cell));
}

}  // namespace

Table long_form(const std::vector<Line>& lines) {
  const std::vector<Field> all = fields();
  Table table;
  table.corner = all.front().name;
  table.heads.emplace_back();
  for (std::size_t i = 1; i < all.size(); ++i) table.heads.front().push_back(all[i].name);
  for (const Line& line : lines) {
    Table::Row row{.block = "", .name = all.front().text(line), .cells = {}};
    for (std::size_t i = 1; i < all.size(); ++i) row.cells.push_back({all[i].text(line)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Document detail_tables(const std::vector<Line>& lines, double level) {
  Document document;
  for (const Line& line : lines) {
    const std::string title = detail_title(line);
    auto table = std::ranges::find(document, title, &Table::title);
    if (table == document.end()) {
      document.push_back({.title = title,
                          .corner = "configuration",
                          .heads = {{"mean", "published", percent(level) + " interval", "median", "> 100",
                                     "p to best", "kept", "left out"}},
                          .left = {false, false, false, false, false, false, false, true},
                          .rows = {},
                          .notes = {}});
      table = std::prev(document.end());
    }
    table->rows.push_back(detail_row(line));
  }
  for (Table& table : document) std::ranges::stable_sort(table.rows, {}, &Table::Row::block);
  return document;
}

}  // namespace assay
