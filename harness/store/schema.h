#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/store/layout.h"
#include "harness/store/table.h"

namespace assay {

/// The names inside results.h5 (docs/results-format.md), in one place for merge() and Results.
inline const std::string kFormatName = "assay results";
inline constexpr double kFormatVersion = 3;  // 2 had neither figures of maps nor pictures of samples

/// higher | lower | neither
std::string_view name_of(Better better);

inline const std::string kUnitsPath = "/provenance/units";
inline const std::string kRanksPath = "/provenance/ranks";
inline const std::string kUnitPlace = "place";  // in units, the last member: line of ranks
inline const std::string kFaultsPath = "/provenance/faults";
inline const std::string kMethodSeconds = "method_seconds";  // in costs
inline const std::string kSharedSeconds = "shared_seconds";  // in observations
inline const std::string kCurvePrefix = "curve_";            // of members of observations
std::string samples_path(int experiment);
std::string costs_path(int experiment);
std::string observations_path(const std::string& metric, int experiment);

/// Members of those tables. In observations, a float64 member a column follows status and reason, then a list
/// of float64 a curve, and those of the cost are the last.
std::vector<h5::Member> unit_members();  // without kUnitPlace, which older files lack
std::vector<h5::Member> rank_members();
std::vector<h5::Member> fault_members();
std::vector<h5::Member> sample_members();
std::vector<h5::Member> cost_members();
std::vector<h5::Member> observation_members(const MetricInfo& metric);
/// The curves under the names of their members.
std::vector<Column> stored_curves(const MetricInfo& metric);
/// What the members of a cost mean, in the order of put_cost(); the last, time, is called `seconds`.
std::vector<Column> cost_columns(const std::string& seconds);
/// A cost in the members `first` ... of a row, and back.
void put_cost(h5::Rows& rows, std::size_t row, std::size_t first, const Cost& cost);
Cost cost_at(const h5::Rows& rows, std::size_t row, std::size_t first);

/// Root attributes, /config, the tables of the layout, /provenance/run.
void write_layout(const h5::Tables& tables, const Layout& layout);
/// Throws DataError when the file is not ours, or of another version.
Layout read_layout(const h5::Tables& tables);

const MetricInfo& metric_named(const Layout& layout, const std::string& name);

}  // namespace assay
