#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "harness/core/hash.h"
#include "harness/core/params.h"
#include "harness/core/record.h"
#include "harness/store/workplace.h"

namespace assay {

/// One image under one network.
struct SampleRow {
  std::string sample;  // Hash::hex of hash_of(Sample)
  std::string name;    // file name
  std::string image;   // picture_of(Sample): the same word for all samples of one picture; empty: it
                       // is not known, the sample is a picture of its own
  std::vector<std::int64_t> labels;  // accepted outputs of the network, the first is the target
  std::int64_t predicted = -1;
  bool right = false;                   // predicted is among the labels
  double p_predicted = 0, p_label = 0;  // softmax
  double margin = 0;                    // logit distance of the two best classes
  Status status = Status::ok;
  std::string reason;
};

/// What a method says of its map beside it, by name: {"surviving": 0.4}; NaN where it does not apply.
using MapFigures = std::map<std::string, double>;
/// As JSON text, NaN as null; "" when there are none.
std::string text_of(const MapFigures& figures);
MapFigures figures_from(const std::string& text);

/// What making one map cost, shared work in full, and whether it means anything.
struct ExplanationRow {
  std::string explanation;  // Hash::hex of network + method + parameters + view + target rule
  std::string sample;
  Status status = Status::ok;
  std::string reason;
  Cost cost;
  MapFigures figures = {};
};

/// One record of one cell.
struct ObservationRow {
  std::string cell;  // Hash::hex of explanation + metric + settings
  std::string sample;
  Record record;
};

/// Everything one unit of work found: stored as a whole or not at all.
struct UnitResult {
  std::string
      experiment;  // Hash::hex of dataset name + network hash + numerics: samples are unique inside it
  std::vector<SampleRow> samples;
  std::vector<ExplanationRow> explanations;
  std::vector<ObservationRow> observations;
  // provenance: may differ between two equal runs
  int rank = 0;
  int ranks = 1;
  Workplace place;
  std::string date;  // ISO 8601, UTC
  double seconds = 0;
  std::int64_t peak_memory = 0;  // bytes that the process had resident at most meanwhile
};

}  // namespace assay
