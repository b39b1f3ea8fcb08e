#pragma once

#include <string>
#include <vector>

#include "harness/core/record.h"
#include "harness/network/network.h"

namespace assay {

/// One layer as `assay network` prints it.
struct LayerSummary {
  std::string name;
  std::string kind;
  std::vector<std::int64_t> shape;  // of the output for one image, without the batch dimension
  std::int64_t parameters = 0;      // elements
  std::int64_t multiply_adds = 0;   // for one image; FLOPs are twice that
};

std::vector<LayerSummary> summarise(const Network& network);
std::int64_t multiply_adds(const Network& network);
/// Whole passes of one image. A backward one counts as many multiply-adds as a forward one, wherever it ends.
Cost cost_of_passes(const Network& network, std::int64_t forwards, std::int64_t backwards = 0);

}  // namespace assay
