#pragma once

#include <ATen/Parallel.h>

namespace assay::test {

/// As many threads as a test wants; what there was before when it ends.
class Threads {
 public:
  explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace assay::test
