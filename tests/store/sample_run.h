#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/store/layout.h"
#include "harness/store/unit_result.h"

namespace assay::test {

/// A small run that never happened: two experiments, three explanations, five cells of two metrics (`area`
/// has a curve), with every status, NaN, infinities and -0 among the values. Each record is a function of its
/// cell and sample alone.
Layout sample_layout(std::size_t samples = 40);

/// The units of that run, `block` neighbouring samples each. `rank` and `seconds` are provenance.
std::vector<UnitResult> sample_units(const Layout& layout, std::size_t block);

/// Where a rank of that run was.
Workplace sample_place(int rank);

/// Appends the units to folder/journal/rank-R.journal, R = rank_of(index of the unit).
void write_journals(const std::string& folder, const std::vector<UnitResult>& units,
                    const std::function<int(std::size_t)>& rank_of);

/// The record that sample_units() holds, but for the seconds. Curves have three to seven points.
Record sample_record(const std::string& cell, const std::string& sample, const MetricInfo& metric);

/// Equal to the bit.
bool same_bits(double a, double b);
bool same_counts(const Cost& a, const Cost& b);
bool same_curves(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b);
bool same(const UnitResult& a, const UnitResult& b);

}  // namespace assay::test
