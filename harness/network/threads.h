#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Calls part(context, i) for i = 0 .. parts-1 on `threads` threads of GNU's OpenMP library, which are
/// LibTorch's, and returns when all have ended. `part` must not throw. In C, which GCC compiles whatever
/// compiles C++.
void assay_run_parts(int threads, int parts, void (*part)(void* context, int index), void* context);

#ifdef __cplusplus
}
#endif
