#include "harness/report/resampling.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace assay {
namespace {

/// Four sums side by side: what one line costs is this, as often as there are rounds.
double dot(std::span<const double> a, std::span<const double> b) {
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= a.size(); i += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane) sums[lane] += a[i + lane] * b[i + lane];
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

Averaged averaged(const GainCell& cell, Measure measure, const GainProtocol& scoring) {
  const bool ratio = measure == Measure::ccg && scoring.average == "ratio-of-means";
  Averaged images{.top = std::vector<double>(cell.scores.size()),
                  .bottom = std::vector<double>(cell.scores.size())};
  for (std::size_t i = 0; i < cell.scores.size(); ++i)
    if (const auto value = value_of(cell.scores[i], measure)) {
      images.top[i] = ratio ? cell.scores[i].gain : *value;
      images.bottom[i] = ratio ? cell.scores[i].area : 1;
    }
  return images;
}

double average(const Averaged& images, std::span<const double> times) {
  return dot(images.top, times) / dot(images.bottom, times);
}

Rounds::Rounds(const std::string& dataset, std::size_t images, std::uint64_t seed)
    : random_(mix_seed(seed, dataset)), times_(images) {}

std::span<const double> Rounds::next() {
  std::ranges::fill(times_, 0.0);
  for (std::size_t i = 0; i < times_.size(); ++i) times_[random_.below(times_.size())] += 1;
  return times_;
}

void add_intervals(std::vector<Line>& lines, const GainTable& table, const ReportOptions& options) {
  std::map<std::pair<std::string, std::size_t>, std::vector<Line*>> together;
  for (Line& line : lines)
    if (line.kept > 0 && line.images > 1) together[{line.cell->dataset, line.images}].push_back(&line);
  for (const auto& [images, group] : together) {
    std::vector<Averaged> values;
    for (const Line* line : group)
      values.push_back(averaged(*line->cell, line->measure, scoring_of(table, line->cell->protocol)));
    std::vector<std::vector<double>> averages(group.size());
    Rounds rounds(images.first, images.second, options.seed);
    for (int round = 0; round < options.resamples; ++round) {
      const std::span<const double> times = rounds.next();
      for (std::size_t i = 0; i < group.size(); ++i) averages[i].push_back(average(values[i], times));
    }
    for (std::size_t i = 0; i < group.size(); ++i)
      group[i]->interval = percentile_interval(std::move(averages[i]), options.level);
  }
}

}  // namespace assay
