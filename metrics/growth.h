#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "harness/network/subject.h"

namespace assay {

/// One mask to show and to grow: hybrid = mask * image + (1 - mask) * base, in pixel space, the same mask for
/// all channels.
struct GrowthTask {
  std::int64_t image = 0;   // of the subject's block
  std::int64_t target = 0;  // class
  std::size_t base = 0;     // which of the base images
  Tensor mask;              // bool [H,W] on the subject's device
  std::int64_t limit = 50;  // dilations at most
};

/// What the network says to a base, a first hybrid and the hybrids of the growing mask.
struct Growth {
  Tensor base_logits;   // [K] float32, CPU
  Tensor first_logits;  // of the first hybrid
  Tensor grown_logits;  // of the first hybrid that is classified as the target; undefined when none was
  std::int64_t mask_pixels = 0;   // of the first mask
  bool reached = false;           // some mask within the limit was right; if not, the next says nothing
  std::int64_t grown_pixels = 0;  // of the mask that was right
  std::int64_t steps = 0;         // dilations until it was right; 0 = the first mask already is; not reached:
                                  // masks that were judged
  double margin_first = 0;        // logit of the target minus the best other, first hybrid
  double margin_min = 0;  // smallest |such distance| over all masks up to the right one: how near a tie was
};

/// Grows every mask by 3x3 dilations until the network's first maximum is the target, the limit is reached,
/// or the mask grows no more (papers.md 8.3 items 17-20). `bases`: [N,3,H,W] each, pixels of the whole block.
/// Results by task.
///
/// All tasks advance together in waves of at most one batch. A wave takes one next step of each unfinished
/// task, in order; places that would be filled up anyway look ahead at the steps after.
/// Equal hybrids are predicted once; an empty mask is its base, a full mask its image. The result of a task
/// depends on the task alone.
std::vector<Growth> grow(Subject& subject, std::span<const Tensor> bases, std::span<const GrowthTask> tasks);

/// Logit of `target` minus the best other, and whether `target` is the first maximum of `logits` [K] (CPU,
/// float32).
struct Margin {
  double distance = 0;
  bool right = false;
};
Margin margin_of(const Tensor& logits, std::int64_t target);

}  // namespace assay
