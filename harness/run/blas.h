#pragma once

#include <string>

namespace assay {

/// How fast matrix products are here, and whose they are.
struct BlasSpeed {
  std::string library;         // file that holds sgemm
  double gflops_a_thread = 0;  // of a product of two 1024 x 1024 float32 matrices
  int threads = 1;

  /// What to tell the user about a slow library; empty when it is fast enough (25 GFLOP/s a thread).
  std::string complaint() const;
};

/// Best of a few products with the threads that are set now.
BlasSpeed measure_blas();

}  // namespace assay
