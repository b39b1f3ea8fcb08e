#pragma once

#define OMPI_SKIP_MPICXX 1  // the C++ bindings that MPI dropped need another library
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace assay {

/// Looks some times in a row, for answers that are on their way; then sleeps between two looks, longer as
/// nothing comes: Open MPI's blocking calls spin on a core.
class Patience {
 public:
  void wait() {
    if (looks_ < kLooks) {
      ++looks_;
      std::this_thread::yield();
      return;
    }
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(2 * pause_, std::chrono::microseconds(2000));
  }
  void reset() { *this = {}; }

 private:
  static constexpr int kLooks = 50;  // some 20 us
  int looks_ = 0;
  std::chrono::microseconds pause_{200};
};

inline void wait_for(MPI_Request request) {
  Patience patience;
  for (int done = 0;;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return;
    patience.wait();
  }
}

}  // namespace assay
