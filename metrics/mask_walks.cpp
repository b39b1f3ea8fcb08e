#include "metrics/mask_walks.h"

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/mean_pixels.h"
#include "metrics/bases.h"
#include "metrics/hybrids.h"

namespace assay {
namespace {

/// By pixel [H,W], its place in the order.
Tensor ranks_in(const Tensor& order, const Tensor& pixels) {
  ASSAY_ASSERT(order.numel() == pixels.size(2) * pixels.size(3));
  const Tensor ranks = at::empty_like(order);
  ranks.index_copy_(0, order, at::arange(order.numel(), order.options()));
  return ranks.view({pixels.size(2), pixels.size(3)}).to(pixels.device());
}

}  // namespace

std::size_t BaseImages::place_of(const std::string& text) {
  const auto found = std::ranges::find(texts_, text);
  const auto place = static_cast<std::size_t>(found - texts_.begin());
  if (found == texts_.end()) {
    texts_.push_back(text);
    images_.push_back(base_images(parse_base(text), subject_->pixels(), mean_pixels(*subject_)));
  }
  return place;
}

std::vector<std::int64_t> step_points(std::int64_t pixels, std::int64_t step) {
  ASSAY_ASSERT(step > 0);
  std::vector<std::int64_t> points{0};
  while (points.back() < pixels) points.push_back(std::min(points.back() + step, pixels));
  return points;
}

std::vector<Tensor> walk_logits(Subject& subject, std::span<const Tensor> bases,
                                std::span<const MaskWalk> walks) {
  HybridQueue queue(subject, bases);
  std::vector<std::vector<HybridQueue::Ticket>> tickets;
  for (const MaskWalk& walk : walks) {
    const Tensor ranks = ranks_in(walk.order, subject.pixels());
    std::vector<HybridQueue::Ticket>& asked = tickets.emplace_back();
    for (const std::int64_t point : walk.points) {
      asked.push_back(queue.ask({walk.image, walk.base, walk.inserts ? ranks < point : ranks >= point}));
      if (queue.full()) queue.run();
    }
  }
  queue.run();
  std::vector<Tensor> logits;
  for (const auto& asked : tickets) {
    std::vector<Tensor> rows;
    for (const HybridQueue::Ticket ticket : asked) rows.push_back(queue.logits(ticket));
    logits.push_back(at::stack(rows));
  }
  return logits;
}

}  // namespace assay
