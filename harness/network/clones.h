#pragma once

/// Marks a loop that is compiled once for each instruction set and chosen when the program starts.
/// ASSAY_CLONES goes without fused multiply-adds: the same bits on every processor. Only for functions of an
/// anonymous namespace: Clang leaves others that a header declares as they are.
#if defined(__x86_64__) && defined(__GNUC__)
#define ASSAY_CLONES __attribute__((target_clones("avx2", "default")))
#define ASSAY_FUSED_CLONES __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define ASSAY_CLONES
#define ASSAY_FUSED_CLONES
#endif

/// Before a loop over a few dozen values: Clang would make it of four vectors at a time, and take what
/// remains of a row one by one.
#ifdef __clang__
#define ASSAY_SHORT_LOOP _Pragma("clang loop interleave_count(1)")
#else
#define ASSAY_SHORT_LOOP
#endif
