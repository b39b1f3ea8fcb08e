#pragma once

#include <compare>
#include <string>

#include "harness/core/params.h"

namespace assay {

/// In Layout::provenance: the places of the last session's ranks, in their order.
inline const std::string kRanksKey = "ranks";

/// Where and with what a rank computed: provenance, in which equal runs may differ.
struct Workplace {
  std::string host;
  std::string device;      // name of the processor or of the GPU; empty: not known
  std::string uuid;        // of the GPU; empty for a processor, and where the driver does not say
  int threads = 0;         // of the CPU; 0: not known
  std::string blas;        // file of the library that multiplies matrices
  double blas_gflops = 0;  // a thread, as measured at the start
  auto operator<=>(const Workplace&) const = default;
};

Json to_json(const Workplace& workplace);
/// Throws Json::exception where the JSON is none.
Workplace workplace_from(const Json& json);

}  // namespace assay
