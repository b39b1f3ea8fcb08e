#include "harness/core/statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace assay {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kExactPairs = 25;

std::vector<std::size_t> ascending_order(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  return order;
}

/// Linear interpolation between order statistics: place = fraction (n - 1).
double quantile_of_sorted(const std::vector<double>& sorted, double fraction) {
  const double place = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - static_cast<double>(below));
}

/// P(rank sum <= w) when each of the ranks 1..n counts with probability 1/2.
double rank_sum_cdf(std::size_t n, std::size_t w) {
  std::vector<double> probability(n * (n + 1) / 2 + 1, 0.0);
  probability[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank)
    for (std::size_t sum = probability.size(); sum-- > 0;)
      probability[sum] = 0.5 * (probability[sum] + (sum >= rank ? probability[sum - rank] : 0.0));
  return std::accumulate(probability.begin(), probability.begin() + static_cast<std::ptrdiff_t>(w) + 1, 0.0);
}

/// Sum of t^3 - t over groups of t equal values.
double tie_sum(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  double sum = 0;
  for (std::size_t i = 0, next = 0; i < sorted.size(); i = next) {
    next = i + 1;
    while (next < sorted.size() && sorted[next] == sorted[i]) ++next;
    const auto t = static_cast<double>(next - i);
    sum += t * t * t - t;
  }
  return sum;
}

double normal_p(double w, double n, double ties) {
  const double mean = n * (n + 1) / 4;
  const double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
  const double z = std::max(std::abs(w - mean) - 0.5, 0.0) / std::sqrt(variance);
  return std::min(1.0, 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z)));
}

}  // namespace

double mean_of(std::span<const double> values) {
  if (values.empty()) return kNan;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::span<const double> values) {
  if (values.empty()) return kNan;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return quantile_of_sorted(sorted, 0.5);
}

Interval percentile_interval(std::vector<double> values, double level) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {kNan, kNan};
  std::ranges::sort(values);
  return {quantile_of_sorted(values, (1 - level) / 2), quantile_of_sorted(values, (1 + level) / 2)};
}

double wilcoxon_p(std::span<const double> differences) {
  std::vector<double> sizes, signs;
  for (const double difference : differences) {
    if (difference == 0) continue;
    sizes.push_back(std::abs(difference));
    signs.push_back(difference);
  }
  if (sizes.empty()) return 1;
  const std::vector<double> ranks = average_ranks(sizes);
  double positive = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i)
    if (signs[i] > 0) positive += ranks[i];
  const auto n = static_cast<double>(ranks.size());
  const double ties = tie_sum(sizes);
  if (ranks.size() > kExactPairs || ties > 0) return normal_p(positive, n, ties);
  const double smaller = std::min(positive, n * (n + 1) / 2 - positive);
  return std::min(1.0, 2 * rank_sum_cdf(ranks.size(), static_cast<std::size_t>(smaller)));
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  std::size_t left = p_values.size();
  for (const std::size_t i : ascending_order(p_values)) {
    largest = std::max(largest, static_cast<double>(left--) * p_values[i]);
    adjusted[i] = std::min(1.0, largest);
  }
  return adjusted;
}

std::vector<double> average_ranks(std::span<const double> values) {
  const std::vector<std::size_t> order = ascending_order(values);
  std::vector<double> ranks(values.size());
  for (std::size_t i = 0, next = 0; i < order.size(); i = next) {
    next = i + 1;
    while (next < order.size() && values[order[next]] == values[order[i]]) ++next;
    for (std::size_t j = i; j < next; ++j) ranks[order[j]] = static_cast<double>(i + next + 1) / 2;
  }
  return ranks;
}

}  // namespace assay
