#include "harness/network/threads.h"

void assay_run_parts(int threads, int parts, void (*part)(void* context, int index), void* context) {
  /* always all of LibTorch's threads: GNU's library starts them anew when their number changes */
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (int i = 0; i < parts; ++i) part(context, i);
}
