#pragma once

#include <vector>

#include "harness/store/layout.h"
#include "harness/store/results.h"

namespace assay {

/// What the report reads of results.h5, as plain values: from load(), or made by hand.
struct Observed {
  Layout layout;
  std::vector<std::vector<SampleRow>> samples;   // by experiment
  std::vector<std::vector<Record>> records;      // by cell, one a sample
  std::vector<std::vector<Cost>> costs;          // by explanation, one an image that has a map
  std::vector<std::vector<MapFigures>> figures;  // the same
  std::vector<UnitResult> units;                 // without their rows
  std::vector<Fault> faults = {};                // that the run survived
};

Observed load(const Results& results);

}  // namespace assay
