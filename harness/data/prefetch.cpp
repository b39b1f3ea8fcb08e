#include <algorithm>

#include "harness/core/error.h"
#include "harness/data/decode.h"
#include "harness/network/tensor.h"

namespace assay {

Prefetcher::Prefetcher(Preprocess preprocess, std::size_t ahead, std::shared_ptr<ImageReader> reader)
    : preprocess_(std::move(preprocess)),
      ahead_(std::max<std::size_t>(ahead, 1)),
      reader_(std::move(reader)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Prefetcher::~Prefetcher() = default;  // the jthread asks work() to stop and waits for it

void Prefetcher::push(std::vector<Sample> samples) {
  const std::scoped_lock lock(mutex_);
  announced_.push_back(std::move(samples));
  ++outstanding_;
  changed_.notify_all();
}

std::vector<Decoded> Prefetcher::pop() {
  std::unique_lock lock(mutex_);
  ASSAY_ASSERT(outstanding_ > 0);
  changed_.wait(lock, [this] { return !decoded_.empty(); });
  std::vector<Decoded> block = std::move(decoded_.front());
  decoded_.pop_front();
  --outstanding_;
  changed_.notify_all();
  return block;
}

void Prefetcher::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !announced_.empty() && decoded_.size() < ahead_; })) {
    const std::vector<Sample> samples = std::move(announced_.front());
    announced_.pop_front();
    lock.unlock();
    std::vector<Decoded> block = try_decode_all(samples, preprocess_, stop, reader_.get());
    if (stop.stop_requested()) return;
    lock.lock();
    decoded_.push_back(std::move(block));
    changed_.notify_all();
  }
}

}  // namespace assay
