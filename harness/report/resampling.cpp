#include "harness/report/resampling.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "harness/report/images.h"

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

double mean_over_classes(const Averaged& samples, std::span<const double> times) {
  std::vector<double> top(image_count(samples.classes)), bottom(top.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    top[samples.classes[i]] += samples.top[i] * times[i];
    bottom[samples.classes[i]] += samples.bottom[i] * times[i];
  }
  double sum = 0, classes = 0;
  for (std::size_t c = 0; c < top.size(); ++c) {
    if (bottom[c] == 0) continue;
    sum += top[c] / bottom[c];
    classes += 1;
  }
  return sum / classes;
}

bool keeps_two_images(const Averaged& samples, const std::vector<std::size_t>& images) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (samples.bottom[i] != 0) {
      if (first && *first != images[i]) return true;
      first = images[i];
    }
  return false;
}

/// Sums over the samples of each image: a round draws those together. Classes keep their samples apart.
Averaged summed_by_image(const Averaged& samples, const std::vector<std::size_t>& images) {
  if (!samples.classes.empty()) return samples;
  const std::size_t count = image_count(images);
  Averaged sums{.top = std::vector<double>(count), .bottom = std::vector<double>(count)};
  for (std::size_t i = 0; i < images.size(); ++i) {
    sums.top[images[i]] += samples.top[i];
    sums.bottom[images[i]] += samples.bottom[i];
  }
  return sums;
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
  if (!images.classes.empty()) return mean_over_classes(images, times);
  return dot(images.top, times) / dot(images.bottom, times);
}

double average(const Averaged& images) {
  return average(images, std::vector<double>(images.top.size(), 1.0));
}

Rounds::Rounds(const std::string& dataset, const std::vector<std::size_t>& images, std::uint64_t seed)
    : random_(mix_seed(seed, dataset)), images_(images), drawn_(image_count(images)), times_(images.size()) {}

std::span<const double> Rounds::next() {
  std::ranges::fill(drawn_, 0.0);
  for (std::size_t i = 0; i < drawn_.size(); ++i) drawn_[random_.below(drawn_.size())] += 1;
  for (std::size_t i = 0; i < times_.size(); ++i) times_[i] = drawn_[images_[i]];
  return times_;
}

std::vector<Interval> bootstrap_intervals(const std::vector<Averaged>& averages, Rounds rounds,
                                          const ReportOptions& options) {
  std::vector<Averaged> sums;
  std::vector<std::size_t> asked;  // places in `averages`
  for (std::size_t i = 0; i < averages.size(); ++i)
    if (keeps_two_images(averages[i], rounds.images())) {
      sums.push_back(summed_by_image(averages[i], rounds.images()));
      asked.push_back(i);
    }
  std::vector<std::vector<double>> drawn(averages.size());
  for (int round = 0; round < options.resamples; ++round) {
    const std::span<const double> times = rounds.next();
    for (std::size_t i = 0; i < asked.size(); ++i)
      drawn[asked[i]].push_back(average(sums[i], sums[i].classes.empty() ? rounds.drawn() : times));
  }
  std::vector<Interval> intervals;
  for (auto& one : drawn) intervals.push_back(percentile_interval(std::move(one), options.level));
  return intervals;
}

void add_intervals(std::vector<Line>& lines, const GainTable& table, const ReportOptions& options) {
  std::map<std::pair<std::string, std::size_t>, std::vector<Line*>> together;
  const auto images_of = [&](const Line& line) -> const std::vector<std::size_t>& {
    return table.images.at(static_cast<std::size_t>(line.cell->experiment));
  };
  for (Line& line : lines)
    if (line.kept > 0) together[{line.cell->dataset, line.images}].push_back(&line);
  for (const auto& [images, group] : together) {
    std::vector<Averaged> values;
    for (const Line* line : group)
      values.push_back(averaged(*line->cell, line->measure, scoring_of(table, line->cell->protocol)));
    const Rounds rounds(images.first, images_of(*group.front()), options.seed);
    const std::vector<Interval> intervals = bootstrap_intervals(values, rounds, options);
    for (std::size_t i = 0; i < group.size(); ++i) group[i]->interval = intervals[i];
  }
}

}  // namespace assay
