#pragma once

#include "harness/core/seed.h"

namespace assay {

/// Standard normal values from uniform ones, two at a time (Box and Muller 1958). The generator must outlive
/// it.
class Normal {
 public:
  explicit Normal(Random& random) : random_(random) {}
  double operator()();

 private:
  Random& random_;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace assay
