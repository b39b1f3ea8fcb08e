#include "harness/report/scored_lines.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "harness/report/numbers.h"
#include "harness/report/paired.h"
#include "harness/report/resampling.h"

namespace assay {
namespace {

/// Values of the samples kept.
std::vector<double> kept_values(const ScoredLine& line, double ScoreValue::*value) {
  std::vector<double> values;
  for (const ScoredRecord& record : line.cell->scored) {
    const ScoreValue& one = record.scores[line.score];
    if (!std::isnan(one.value) && !std::isnan(one.*value)) values.push_back(one.*value);
  }
  return values;
}

ScoredLine scored_line(const ScoredCell& cell, const ScoredMetric& metric, std::size_t score) {
  ScoredLine line;
  line.cell = &cell;
  line.info = &metric.scores[score];
  line.score = score;
  line.interval = {kNaN, kNaN};
  const std::vector<double> kept = kept_values(line, &ScoreValue::value);
  line.kept = kept.size();
  line.average = average(averaged(cell, score, line.info->averaging));
  line.median = median_of(kept);
  line.quartiles = {quantile_of(kept, 0.25), quantile_of(kept, 0.75)};
  line.chance = average(averaged(cell, score, line.info->averaging, &ScoreValue::chance));
  line.chance_median = median_of(kept_values(line, &ScoreValue::chance));
  for (const ScoredRecord& record : cell.scored)
    if (std::isnan(record.scores[score].value)) ++line.left_out[std::string(record.scores[score].left_out)];
  line.suspect = static_cast<std::size_t>(std::ranges::count(cell.records, Status::suspect, &Record::status));
  if (line.kept == 0) line.why = why_empty(cell.records);
  return line;
}

void add_scored_intervals(std::vector<ScoredLine>& lines, const ScoredTable& table,
                          const ReportOptions& options) {
  std::map<int, std::vector<ScoredLine*>> by_experiment;
  for (ScoredLine& line : lines)
    if (line.kept > 0) by_experiment[line.cell->experiment].push_back(&line);
  for (const auto& [experiment, group] : by_experiment) {
    const std::vector<std::size_t>& images = table.images.at(static_cast<std::size_t>(experiment));
    std::vector<Averaged> averages;
    for (const ScoredLine* line : group)
      averages.push_back(averaged(*line->cell, line->score, line->info->averaging));
    const Rounds rounds(group.front()->cell->dataset, images, options.seed);
    const std::vector<Interval> intervals = bootstrap_intervals(averages, rounds, options);
    for (std::size_t i = 0; i < group.size(); ++i) group[i]->interval = intervals[i];
  }
}

void compare_rows(const std::vector<ScoredLine*>& column, const std::vector<std::size_t>& images,
                  double level) {
  const double sign = column.front()->info->lower ? -1 : 1;
  std::vector<Contender> rows;
  for (const ScoredLine* line : column)
    rows.push_back({sign * line->average, line->kept, 2 * line->suspect > line->cell->records.size()});
  const auto differences = [&](std::size_t a, std::size_t b) {
    std::vector<double> better = differences_by_image(*column[a], *column[b], images);
    for (double& difference : better) difference *= sign;
    return better;
  };
  compare(rows, differences, level);
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i]->best = rows[i].best;
    column[i]->tied = rows[i].tied;
    column[i]->p = rows[i].p;
  }
}

}  // namespace

std::vector<ScoredLine> lines_of(const ScoredTable& table, const ReportOptions& options) {
  std::vector<ScoredLine> lines;
  for (const ScoredCell& cell : table.cells) {
    const ScoredMetric& metric = metric_of(table, cell);
    for (const std::size_t score : metric.shown) lines.push_back(scored_line(cell, metric, score));
  }
  add_scored_intervals(lines, table, options);
  std::map<std::tuple<std::string, int, std::string, std::string, std::size_t>, std::vector<ScoredLine*>>
      columns;
  for (ScoredLine& line : lines)
    columns[{line.cell->protocol, line.cell->experiment, line.cell->metric, line.cell->variant, line.score}]
        .push_back(&line);
  for (const auto& [key, column] : columns)
    if (column.front()->info->compared)
      compare_rows(column, table.images.at(static_cast<std::size_t>(std::get<1>(key))), options.level);
  return lines;
}

std::vector<double> differences_by_image(const ScoredLine& a, const ScoredLine& b,
                                         const std::vector<std::size_t>& images) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < images.size(); ++i)
    differences.push_back(a.cell->scored[i].scores[a.score].value - b.cell->scored[i].scores[b.score].value);
  return means_by_image(differences, images);
}

}  // namespace assay
