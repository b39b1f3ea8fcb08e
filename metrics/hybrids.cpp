#include "metrics/hybrids.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <array>

#include "harness/network/tensor.h"

namespace assay {

HybridQueue::Ticket HybridQueue::ask(const Hybrid& hybrid) {
  RECORD_USER_SCOPE("hash");
  const Tensor mask = hybrid.mask.cpu().contiguous();
  const bool* bits = mask.data_ptr<bool>();
  const std::int64_t pixels = std::count(bits, bits + mask.numel(), true);
  const bool whole = pixels == mask.numel();
  const Hash content = hash_bytes(bits, static_cast<std::size_t>(mask.numel()));
  const std::array<std::uint64_t, 4> parts{content.high, content.low,
                                           static_cast<std::uint64_t>(hybrid.image),
                                           whole ? 0 : static_cast<std::uint64_t>(hybrid.base)};
  const auto [place, fresh] = tickets_.emplace(hash_bytes(parts.data(), sizeof parts), answers_.size());
  if (!fresh) return place->second;
  answers_.push_back({whole ? subject_->logits()[hybrid.image] : Tensor(), pixels});
  if (!whole) waiting_.push_back({place->second, hybrid});
  return place->second;
}

void HybridQueue::run() {
  if (waiting_.empty()) return;
  const Tensor logits =
      subject_->predict(static_cast<std::int64_t>(waiting_.size()),
                        [this](std::int64_t first, const Tensor& batch) { fill(first, batch); });
  for (std::size_t i = 0; i < waiting_.size(); ++i)
    answers_[waiting_[i].ticket].logits = logits[static_cast<std::int64_t>(i)];
  waiting_.clear();
}

void HybridQueue::fill(std::int64_t first, const Tensor& batch) const {
  RECORD_USER_SCOPE("hybrids");
  for (std::int64_t i = 0; i < batch.size(0); ++i) {
    const Hybrid& hybrid = waiting_[static_cast<std::size_t>(first + i)].hybrid;
    batch[i].copy_(
        at::where(hybrid.mask, subject_->pixels()[hybrid.image], bases_[hybrid.base][hybrid.image]));
  }
}

}  // namespace assay
