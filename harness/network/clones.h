#pragma once

/// Marks a loop that is compiled once for each instruction set and chosen when the program starts.
/// ASSAY_CLONES goes without fused multiply-adds: the same bits on every processor.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define ASSAY_CLONES __attribute__((target_clones("avx2", "default")))
#define ASSAY_FUSED_CLONES __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define ASSAY_CLONES
#define ASSAY_FUSED_CLONES
#endif
