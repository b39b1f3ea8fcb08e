#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "harness/core/hash.h"
#include "harness/network/subject.h"

namespace assay {

/// An image seen through a mask; its base shows elsewhere.
struct Hybrid {
  std::int64_t image = 0;
  std::size_t base = 0;
  Tensor mask;  // bool [H,W] on the subject's device
};

/// Hybrids that wait for the network, one batch at a time; equal ones (image, base, mask) are predicted once.
/// A full mask is answered by the subject's own logits, an empty mask is its base. Predictions are kept,
/// masks and images are not.
class HybridQueue {
 public:
  using Ticket = std::size_t;

  /// `bases`: [N,3,H,W] each, as the subject's pixels.
  HybridQueue(Subject& subject, std::span<const Tensor> bases) : subject_(&subject), bases_(bases) {}

  Ticket ask(const Hybrid& hybrid);
  /// A batch is complete: run() before asking for more.
  bool full() const { return waiting_.size() >= static_cast<std::size_t>(subject_->batch()); }
  /// A forward pass now would not have to be filled up.
  bool even() const {
    const auto waiting = static_cast<std::int64_t>(waiting_.size());
    return waiting == subject_->filled(waiting);
  }
  /// Predicts what waits.
  void run();

  bool answered(Ticket ticket) const { return answers_[ticket].logits.defined(); }
  /// [K] float32 on the CPU.
  const Tensor& logits(Ticket ticket) const { return answers_[ticket].logits; }
  /// Pixels of the mask.
  std::int64_t pixels(Ticket ticket) const { return answers_[ticket].pixels; }

 private:
  struct Answer {
    Tensor logits;
    std::int64_t pixels = 0;
  };
  struct Waiting {
    Ticket ticket;
    Hybrid hybrid;
  };
  void fill(std::int64_t first, const Tensor& batch) const;

  Subject* subject_;
  std::span<const Tensor> bases_;
  std::map<Hash, Ticket> tickets_;
  std::vector<Answer> answers_;
  std::vector<Waiting> waiting_;
};

}  // namespace assay
