#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/store/layout.h"
#include "harness/store/table.h"

namespace assay {

/// The names inside results.h5 (docs/results-format.md), in one place for merge() and Results.
inline const std::string kFormatName = "assay results";
inline constexpr double kFormatVersion = 1;

/// higher | lower | neither
std::string_view name_of(Better better);

std::string samples_path(int experiment);
std::string costs_path(int experiment);
std::string observations_path(const std::string& metric, int experiment);

/// Members of those tables. In observations, a float64 member a column follows status and reason.
std::vector<h5::Member> sample_members();
std::vector<h5::Member> cost_members();
std::vector<h5::Member> observation_members(const MetricInfo& metric);

/// Root attributes, /config, the tables of the layout, /provenance/run.
void write_layout(const h5::Tables& tables, const Layout& layout);
/// Throws DataError when the file is not ours.
Layout read_layout(const h5::Tables& tables);

const MetricInfo& metric_named(const Layout& layout, const std::string& name);

}  // namespace assay
