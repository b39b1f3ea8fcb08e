#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Calls part(context, i) for i = 0 .. parts-1, spread over `threads` threads of the OpenMP library that
/// LibTorch computes with; returns when all have ended. In C, because the C compiler is GNU's wherever
/// LibTorch uses GNU's library: with another compiler's library, each would keep threads of its own, and they
/// would wait for each other's cores. `part` must not throw.
void assay_run_parts(int threads, int parts, void (*part)(void* context, int index), void* context);

#ifdef __cplusplus
}
#endif
