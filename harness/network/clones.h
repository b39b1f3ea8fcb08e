#pragma once

#include <cstdint>  // defines __GLIBC__

/// Marks a loop that is compiled once for each instruction set and chosen when the program starts.
/// ASSAY_CLONES goes without fused multiply-adds: the same bits on every processor. Only for functions of an
/// anonymous namespace: Clang leaves others that a header declares as they are.
#if defined(__x86_64__) && defined(__GLIBC__) && __has_attribute(target_clones)
#define ASSAY_CLONES __attribute__((target_clones("avx2", "default")))
#define ASSAY_FUSED_CLONES __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define ASSAY_CLONES
#define ASSAY_FUSED_CLONES
#endif

/// Before a loop that Clang would make of four vectors at a time, and take what remains one by one: a loop
/// over a few dozen values is made of one vector at a time, the shortest, over fewer than ten, of none.
#ifdef __clang__
#define ASSAY_SHORT_LOOP _Pragma("clang loop interleave(disable)")
#define ASSAY_SHORTEST_LOOP _Pragma("clang loop vectorize(disable) interleave(disable)")
#else
#define ASSAY_SHORT_LOOP
#define ASSAY_SHORTEST_LOOP
#endif
