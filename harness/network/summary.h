#pragma once

#include <string>
#include <vector>

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

}  // namespace assay
