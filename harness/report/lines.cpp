#include "harness/report/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "harness/core/statistics.h"
#include "harness/report/numbers.h"
#include "harness/report/paired.h"
#include "harness/report/paper_names.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

Reasons reasons_of(const GainScore& score, Measure measure) {
  return measure == Measure::scg ? score.reason_scg : score.reason_ccg;
}

/// The first one. An empty mask never grows: that it hit the limit as well says nothing.
std::string main_reason(Reasons reasons) {
  if (reasons.has(Reason::empty_mask) && !reasons.of_confidence())
    return std::string(name_of(Reason::empty_mask));
  const std::string text = reasons.text();
  return text.substr(0, text.find('+'));
}

void count_images(Line& line) {
  std::vector<double> kept;
  for (const GainScore& score : line.cell->scores) {
    if (const auto value = value_of(score, line.measure)) {
      kept.push_back(*value);
      continue;
    }
    ++line.left_out[main_reason(reasons_of(score, line.measure))];
  }
  line.images = line.cell->scores.size();
  line.kept = kept.size();
  line.suspect = std::ranges::count(line.cell->records, Status::suspect, &Record::status);
  line.median = median_of(kept);
  const auto above = std::ranges::count_if(kept, [](double value) { return value > 1; });
  line.over_one = kept.empty() ? kNaN : static_cast<double>(above) / static_cast<double>(kept.size());
}

Line line_of(const GainCell& cell, Measure measure, const GainProtocol& scoring, const Published& published) {
  Line line;
  line.cell = &cell;
  line.measure = measure;
  line.interval = {kNaN, kNaN};
  count_images(line);
  std::vector<std::size_t> all(cell.scores.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  line.mean = average(cell.scores, all, measure, scoring);
  if (line.kept == 0) line.why = why_empty(cell.records);
  line.published = published.find({.method = cell.published_row,
                                   .rho = cell.rho,
                                   .metric = std::string(name_of(measure)),
                                   .dataset = cell.published_dataset,
                                   .base = base_label(cell.base_text)});
  return line;
}

std::vector<double> paired_differences(const Line& a, const Line& b, const std::vector<std::size_t>& images) {
  std::vector<double> differences(images.size(), kNaN);
  for (std::size_t i = 0; i < a.cell->scores.size(); ++i) {
    const auto x = value_of(a.cell->scores[i], a.measure), y = value_of(b.cell->scores[i], b.measure);
    if (x && y) differences[i] = *x - *y;
  }
  return means_by_image(differences, images);
}

/// Marks the best line of a column and those that cannot be told from it.
void compare_column(const std::vector<Line*>& column, const std::vector<std::size_t>& images, double level) {
  std::vector<Contender> rows;
  for (const Line* line : column) rows.push_back({line->mean, line->kept, is_suspect(*line)});
  const auto differences = [&](std::size_t a, std::size_t b) {
    return paired_differences(*column[a], *column[b], images);
  };
  compare(rows, differences, level);
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i]->best = rows[i].best;
    column[i]->tied = rows[i].tied;
    column[i]->p = rows[i].p;
  }
}

}  // namespace

std::string_view name_of(Measure measure) {
  return measure == Measure::scg ? "SCG" : "CCG";
}

std::vector<Measure> measures_of(const std::vector<std::string>& names) {
  bool scg = names.empty(), ccg = names.empty();
  for (const std::string& name : names) {
    if (name == "SCG" || name == "scg")
      scg = true;
    else if (name == "CCG" || name == "ccg")
      ccg = true;
    else
      throw ConfigError(fmt::format("unknown metric '{}'; known: SCG, CCG", name));
  }
  std::vector<Measure> measures;
  if (scg) measures.push_back(Measure::scg);
  if (ccg) measures.push_back(Measure::ccg);
  return measures;
}

std::optional<double> value_of(const GainScore& score, Measure measure) {
  if (!reasons_of(score, measure).empty()) return std::nullopt;
  return measure == Measure::scg ? score.scg : score.ccg;
}

double average(std::span<const GainScore> scores, std::span<const std::size_t> indices, Measure measure,
               const GainProtocol& protocol) {
  return measure == Measure::scg ? average_scg(scores, indices) : average_ccg(scores, indices, protocol);
}

bool is_suspect(const Line& line) {
  return 2 * line.suspect > line.images;
}

std::vector<Line> lines_of(const GainTable& table, const Published& published, const ReportOptions& options,
                           bool intervals) {
  std::vector<Line> lines;
  for (const GainCell& cell : table.cells)
    for (const Measure measure : measures_of(options.metrics))
      lines.push_back(line_of(cell, measure, scoring_of(table, cell.protocol), published));
  if (intervals) add_intervals(lines, table, options);
  std::map<std::tuple<std::string, int, double, std::string, Measure>, std::vector<Line*>> columns;
  for (Line& line : lines)
    columns[{line.cell->protocol, line.cell->experiment, line.cell->rho, line.cell->base, line.measure}]
        .push_back(&line);
  for (const auto& [key, column] : columns)
    compare_column(column, table.images.at(static_cast<std::size_t>(std::get<1>(key))), options.level);
  return lines;
}

}  // namespace assay
