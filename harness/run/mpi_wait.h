#pragma once

#define OMPI_SKIP_MPICXX 1  // the C++ bindings that MPI dropped need another library
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace assay {

/// Sleeps between two looks, longer as nothing comes: Open MPI's blocking calls spin on a core.
class Patience {
 public:
  void wait() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(2 * pause_, std::chrono::microseconds(2000));
  }
  void reset() { pause_ = kFirst; }

 private:
  static constexpr std::chrono::microseconds kFirst{200};
  std::chrono::microseconds pause_ = kFirst;
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
