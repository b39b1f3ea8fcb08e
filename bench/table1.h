#pragma once

#include <vector>

#include "bench/prepared.h"
#include "harness/network/subject.h"
#include "metrics/growth.h"

namespace assay::bench {

/// What the Table 1 work of all images took.
struct Table1Work {
  double occlusion_seconds = 0, growth_seconds = 0;
  double cpu_seconds = 0;                                    // of the process, both together
  std::int64_t occlusion_forwards = 0, growth_forwards = 0;  // asked of the network, padding not counted
  Work windows;                                              // of the occlusions
  double probabilities = 0;                                  // sum over all squares, of the target
  std::vector<Tensor> steps;                                 // int64 [T], by image
};

/// The occlusions and the growth loops of every image, as the program computes them.
Table1Work do_table1(const Network& network, const Prepared& prepared, int batch);

/// The growth loops of one image. `masks` uint8 [T,H,W], `base_of` int64 [T], `bases` [B,3,H,W].
std::vector<Growth> grow_prepared(Subject& subject, const PreparedImage& image, std::int64_t limit);

/// int64 [T]: dilations until the target was predicted, kNotReached where it never was.
Tensor steps_of(const std::vector<Growth>& growths);

}  // namespace assay::bench
