#include "harness/core/statistics.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numeric>

#include "harness/core/error.h"

namespace assay {
namespace {

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

/// P(sum of the ranks with a positive sign <= `sum`) when every sign is a fair coin. Ranks are halves:
/// counted doubled.
double rank_sum_cdf(std::span<const double> ranks, double sum) {
  std::vector<double> ways{1};  // by doubled sum
  for (const double rank : ranks) {
    const auto doubled = static_cast<std::size_t>(2 * rank);
    ways.resize(ways.size() + doubled, 0);
    for (std::size_t total = ways.size(); total-- > doubled;) ways[total] += ways[total - doubled];
  }
  double below = 0;
  for (std::size_t total = 0; total <= static_cast<std::size_t>(2 * sum); ++total) below += ways[total];
  return below * std::pow(0.5, static_cast<double>(ranks.size()));
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
  if (values.empty()) return kNaN;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double median_of(std::span<const double> values) {
  return quantile_of(values, 0.5);
}

double quantile_of(std::span<const double> values, double fraction) {
  if (values.empty()) return kNaN;
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return quantile_of_sorted(sorted, fraction);
}

Interval percentile_interval(std::vector<double> values, double level) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {kNaN, kNaN};
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
  if (ranks.size() > kExactPairs) return normal_p(positive, n, tie_sum(sizes));
  return std::min(1.0, 2 * rank_sum_cdf(ranks, std::min(positive, n * (n + 1) / 2 - positive)));
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

double kendall_tau(std::span<const double> a, std::span<const double> b) {
  ASSAY_ASSERT(a.size() == b.size());
  const auto sign = [](double difference) { return (difference > 0) - (difference < 0); };
  const auto known = [&](std::size_t i) { return !std::isnan(a[i]) && !std::isnan(b[i]); };
  double agreement = 0, apart_in_a = 0, apart_in_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (!known(i) || !known(j)) continue;
      const int in_a = sign(a[i] - a[j]), in_b = sign(b[i] - b[j]);
      agreement += in_a * in_b;
      apart_in_a += in_a != 0;
      apart_in_b += in_b != 0;
    }
  return agreement / std::sqrt(apart_in_a * apart_in_b);
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
