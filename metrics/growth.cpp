#include "metrics/growth.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

#include "harness/core/error.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "metrics/hybrids.h"

namespace assay {
namespace {

/// One task's way from its base through its growing masks.
class Loop {
 public:
  Loop(const GrowthTask& task, HybridQueue& queue) : task_(&task), queue_(&queue) {}

  bool finished() const { return finished_; }
  const Growth& result() const { return result_; }

  /// Asks for one more prediction; false when there is none to ask for.
  bool ask() {
    settle();
    if (finished_ || exhausted_) return false;
    if (!base_) {
      base_ = queue_->ask({task_->image, task_->base, at::zeros_like(task_->mask)});
      return true;
    }
    if (!next_mask()) {
      exhausted_ = true;
      return false;
    }
    asked_.push_back(queue_->ask({task_->image, task_->base, mask_}));
    return true;
  }

  /// Judges, in order, the masks whose predictions have arrived.
  void settle() {
    if (finished_ || !base_ || !queue_->answered(*base_)) return;
    while (!finished_ && !asked_.empty() && queue_->answered(asked_.front())) {
      judge(asked_.front());
      asked_.pop_front();
    }
    if (!finished_ && exhausted_ && asked_.empty()) finish();
  }

 private:
  /// Makes the mask of the next step; false when the limit is reached or the mask grows no more.
  bool next_mask() {
    if (!mask_.defined()) {
      mask_ = task_->mask;
      return true;
    }
    if (++dilations_ > task_->limit) return false;
    Tensor grown = dilate(mask_, 1);
    if (at::equal(grown, mask_)) return false;
    mask_ = std::move(grown);
    return true;
  }

  void judge(HybridQueue::Ticket ticket) {
    const Tensor logits = queue_->logits(ticket);
    const Margin margin = margin_of(logits, task_->target);
    if (!result_.first_logits.defined()) {
      result_.first_logits = logits;
      result_.mask_pixels = queue_->pixels(ticket);
      result_.margin_first = margin.distance;
      result_.margin_min = std::abs(margin.distance);
    }
    result_.margin_min = std::min(result_.margin_min, std::abs(margin.distance));
    if (!margin.right) {
      ++result_.steps;
      return;
    }
    result_.reached = true;
    result_.grown_logits = logits;
    result_.grown_pixels = queue_->pixels(ticket);
    finish();
  }

  void finish() {
    result_.base_logits = queue_->logits(*base_);
    finished_ = true;
    mask_ = Tensor();
    asked_.clear();
  }

  const GrowthTask* task_;
  HybridQueue* queue_;
  Growth result_;
  std::optional<HybridQueue::Ticket> base_;
  std::deque<HybridQueue::Ticket> asked_;
  Tensor mask_;  // of the last step asked for
  std::int64_t dilations_ = 0;
  bool exhausted_ = false;
  bool finished_ = false;
};

/// Asks for one step of each loop in order, and for further steps while a forward pass has places left.
void fill_wave(std::span<Loop> loops, const HybridQueue& queue) {
  bool asked = true;
  for (bool ahead = false; asked && !queue.full(); ahead = true) {
    asked = false;
    for (Loop& loop : loops) {
      if (queue.full() || (ahead && queue.even())) return;
      asked |= loop.ask();
    }
  }
}

}  // namespace

std::vector<Growth> grow(Subject& subject, std::span<const Tensor> bases, std::span<const GrowthTask> tasks) {
  HybridQueue queue(subject, bases);
  std::vector<Loop> loops;
  for (const GrowthTask& task : tasks) loops.emplace_back(task, queue);
  std::size_t first = 0;
  while (first < loops.size()) {
    const std::span<Loop> unfinished(loops.begin() + static_cast<std::ptrdiff_t>(first), loops.end());
    fill_wave(unfinished, queue);
    queue.run();
    for (Loop& loop : unfinished) loop.settle();
    while (first < loops.size() && loops[first].finished()) ++first;
  }
  std::vector<Growth> results;
  for (const Loop& loop : loops) results.push_back(loop.result());
  return results;
}

Margin margin_of(const Tensor& logits, std::int64_t target) {
  const auto value = logits.accessor<float, 1>();
  ASSAY_ASSERT(target >= 0 && target < value.size(0));
  double other = -std::numeric_limits<double>::infinity();
  bool right = !std::isnan(value[target]);
  for (std::int64_t k = 0; k < value.size(0); ++k) {
    if (k == target) continue;
    other = std::max(other, static_cast<double>(value[k]));
    if (value[k] > value[target] || (k < target && value[k] == value[target])) right = false;
  }
  return {static_cast<double>(value[target]) - other, right};
}

}  // namespace assay
