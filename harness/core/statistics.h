#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay {

double mean_of(std::span<const double> values);    // NaN when empty
double median_of(std::span<const double> values);  // NaN when empty

struct Interval {
  double low = 0, high = 0;
};

/// Percentile bootstrap interval of a statistic of `n` items. `statistic` gets resampled indices (n of them, with
/// replacement). Non-finite resamples are left out. NaN bounds when n < 2.
Interval bootstrap_interval(std::size_t n, const std::function<double(std::span<const std::size_t>)>& statistic,
                            double level, int resamples, std::uint64_t seed);

/// Two-sided Wilcoxon signed-rank test on paired differences: zeros dropped (Wilcoxon), average ranks for ties. Exact for
/// up to 25 untied pairs, else normal with tie and continuity correction. 1 when nothing is left.
double wilcoxon_p(std::span<const double> differences);

/// Holm's step-down adjustment, in the order given, capped at 1.
std::vector<double> holm(std::span<const double> p_values);

/// Ranks 1..n, 1 = smallest, ties share their mean rank.
std::vector<double> average_ranks(std::span<const double> values);

}  // namespace assay
