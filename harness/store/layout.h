#pragma once

#include <string>
#include <vector>

#include "harness/core/params.h"
#include "harness/core/record.h"

namespace assay {

/// What results.h5 holds and in which order: made from the plan, independent of who computes what.

struct ExperimentInfo {
  std::string id;       // UnitResult::experiment
  std::string dataset;  // names of the configuration
  std::string network;
  std::vector<std::string> samples;  // their hashes, in the order of the dataset
};

struct ExplanationInfo {
  std::string id;  // ExplanationRow::explanation
  int experiment = 0;
  std::string method;  // registered name
  Json settings;       // canonical parameters and view
  std::string target;  // predicted | label
};

struct CellInfo {
  std::string id;  // ObservationRow::cell
  int explanation = 0;
  std::string metric;  // registered name
  Json settings;
};

/// A line of a table: what a protocol calls this cell. Several rows may show the same cell.
struct RowInfo {
  std::string protocol;
  std::string name;  // of the method's configuration: "occ 10"
  int cell = 0;
  std::string variant;  // Variant::label
  std::string note;
};

struct MetricInfo {
  std::string name;
  std::vector<Column> columns;
  std::vector<Column> curves = {};  // lists of numbers, one a record
};

struct Layout {
  Json config;      // resolved, with every default; "protocols" lists each protocol with its `scores`
  Json provenance;  // versions, commit, BLAS, start: may differ between equal runs
  std::vector<ExperimentInfo> experiments;
  std::vector<ExplanationInfo> explanations;
  std::vector<CellInfo> cells;
  std::vector<RowInfo> rows;
  std::vector<MetricInfo> metrics;
};

/// The layout as JSON and back; numbers that JSON lacks (infinite bounds) are texts. layout_from throws
/// DataError when the JSON is not a layout of this version.
Json to_json(const Layout& layout);
Layout layout_from(const Json& json);

/// folder/layout.json: from it the journals of a run can be merged again without its configuration. Replaced
/// in one step. Throws DataError naming the file.
void save_layout(const std::string& folder, const Layout& layout);
Layout load_layout(const std::string& folder);

/// Where each explanation and each cell lies in the tables of its experiment: explanations in
/// /costs/EXPERIMENT, cells in /observations/METRIC/EXPERIMENT, both in the order of the layout.
struct Places {
  std::vector<std::size_t> of_explanation, of_cell;
  explicit Places(const Layout& layout);
};

}  // namespace assay
