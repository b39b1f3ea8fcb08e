#pragma once

#include <limits>
#include <span>
#include <vector>

namespace assay {

/// What was not observed or cannot be said.
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double mean_of(std::span<const double> values);    // NaN when empty
double median_of(std::span<const double> values);  // NaN when empty
/// The value that the share `fraction` of the others lies below, interpolated between neighbours: 0.25 and
/// 0.75 are the quartiles. NaN when empty.
double quantile_of(std::span<const double> values, double fraction);

struct Interval {
  double low = 0, high = 0;
};

/// The middle `level` of the values, of a bootstrap's resamples for example, interpolated between neighbours.
/// Non-finite values are left out; NaN bounds when none is left.
Interval percentile_interval(std::vector<double> values, double level);

/// Two-sided Wilcoxon signed-rank test on paired differences: zeros dropped (Wilcoxon), average ranks for
/// ties. Exact for up to 25 pairs, tied or not, else normal with tie and continuity correction. 1 when
/// nothing is left.
double wilcoxon_p(std::span<const double> differences);

/// Holm's step-down adjustment, in the order given, capped at 1.
std::vector<double> holm(std::span<const double> p_values);

/// Kendall's tau-b of pairs (a_i, b_i): concordant minus discordant pairs of pairs, over the geometric mean
/// of those that a tells apart and those that b does. 1 = the same order, -1 = the opposite one; NaN where
/// either is constant. As many of a as of b; pairs with a NaN are left out.
double kendall_tau(std::span<const double> a, std::span<const double> b);

/// Ranks 1..n, 1 = smallest, ties share their mean rank.
std::vector<double> average_ranks(std::span<const double> values);

}  // namespace assay
