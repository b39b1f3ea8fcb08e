#include "harness/network/subject.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/network/propagate.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

/// d score(target) / d logits, in the shape and type of `logits` (one image).
Tensor seed_of(const Tensor& logits, std::int64_t target, Score score) {
  const Tensor one_hot = at::zeros({logits.numel()}, logits.options().dtype(at::kDouble));
  one_hot[target] = 1;
  if (score == Score::logit) return one_hot.to(logits.scalar_type()).view_as(logits);
  const Tensor p = logits.reshape({-1}).to(at::kDouble).softmax(0);
  return (p[target] * (one_hot - p)).to(logits.scalar_type()).view_as(logits);
}

}  // namespace

std::string_view name_of(Score score) {
  switch (score) {
    case Score::logit:
      return "logit";
    case Score::probability:
      return "probability";
    case Score::logit_share:
      return "logit-share";
  }
  ASSAY_ASSERT(!"a score without a name");
}

Tensor scores_of(const Tensor& logits, Score score) {
  const Tensor exact = logits.to(at::kDouble);
  if (score == Score::logit) return exact;
  if (score == Score::probability) return exact.softmax(1);
  const Tensor above = exact - exact.amin(1, true);
  const Tensor total = above.sum(1, true);
  return at::where(total > 0, above / total, at::full_like(above, 1.0 / static_cast<double>(exact.size(1))));
}

Subject::Subject(Network network, const Tensor& pixels, std::vector<std::string> names, std::uint64_t seed,
                 Numerics numerics)
    : network_(network.to(numerics.device)),
      inference_(network_.for_inference()),
      pixels_(pixels.to(numerics.device, at::kFloat)),
      names_(std::move(names)),
      seed_(seed),
      numerics_(numerics) {
  ASSAY_ASSERT(numerics_.batch > 0);
  ASSAY_ASSERT(pixels_.dim() == 4 && pixels_.size(0) == static_cast<std::int64_t>(names_.size()));
}

std::uint64_t Subject::seed(std::int64_t image) const {
  return mix_seed(seed_, names_.at(static_cast<std::size_t>(image)));
}

Tensor Subject::run_batches(std::int64_t n, const FillBatch& fill) {
  const at::NoGradGuard no_grad;
  const std::int64_t size = numerics_.batch;
  const Tensor batch =
      at::empty({size, pixels_.size(1), pixels_.size(2), pixels_.size(3)}, pixels_.options());
  std::vector<Tensor> logits;
  for (std::int64_t first = 0; first < n; first += size) {
    const std::int64_t used = std::min(size, n - first);
    fill(first, batch.narrow(0, 0, used));
    if (used < size) batch.narrow(0, used, size - used).zero_();
    logits.push_back(inference_.forward(network_.normalise(batch)).narrow(0, 0, used));
  }
  done_.forwards += n;
  if (logits.empty()) return at::empty({0, network_.outputs()}, at::kFloat);
  return at::cat(logits).to(at::kCPU, at::kFloat);
}

void Subject::charge_shared(const std::string& key, std::int64_t forwards) {
  if (billed_.insert(key).second) bill_.forwards += forwards;
}

const Tensor& Subject::logits() {
  charge_shared("logits", images());
  if (!logits_.defined())
    logits_ = run_batches(images(), [this](std::int64_t first, Tensor batch) {
      batch.copy_(pixels_.narrow(0, first, batch.size(0)));
    });
  return logits_;
}

std::int64_t Subject::predicted(std::int64_t image) {
  return logits()[image].argmax().item<std::int64_t>();
}

Tensor Subject::predict(std::int64_t n, const FillBatch& fill) {
  bill_.forwards += n;
  return run_batches(n, fill);
}

Tensor Subject::predict(std::int64_t image, std::span<const Perturbation> perturbations) {
  bill_.forwards += static_cast<std::int64_t>(perturbations.size());
  return run_windows(image, perturbations);
}

const Tensor& Subject::predict_shared(const std::string& key, std::int64_t image,
                                      std::span<const Perturbation> perturbations) {
  const auto n = static_cast<std::int64_t>(perturbations.size());
  const std::string series = fmt::format("{} of image {}", key, image);
  charge_shared("series " + series, n);
  const auto found = shared_.find(series);
  if (found != shared_.end()) {
    ASSAY_ASSERT(found->second.size(0) == n);
    return found->second;
  }
  return shared_.emplace(series, run_windows(image, perturbations)).first->second;
}

Tensor Subject::run_windows(std::int64_t image, std::span<const Perturbation> perturbations) {
  if (state_image_ != image) {
    const Tensor input = network_.normalise(pixels_.narrow(0, image, 1));
    state_ = std::make_shared<const State>(inference_, input, numerics_.batch);
    state_image_ = image;
    work_.done += multiply_adds(network_);
  }
  work_ += state_->price(perturbations);
  done_.forwards += static_cast<std::int64_t>(perturbations.size());
  return state_->predict(perturbations).to(at::kCPU, at::kFloat);
}

const Network& Subject::canonised() {
  if (!canonised_) canonised_ = network_.canonised();
  return *canonised_;
}

const std::vector<Tensor>& Subject::activations(std::int64_t image, bool canonised) {
  const bool same = !canonised || this->canonised().layers().data() == network_.layers().data();
  charge_shared(fmt::format("activations {} {}", image, same), 1);
  Latest& latest = same ? activations_ : canonised_activations_;
  if (latest.image == image) return latest.values;
  const Tensor input = network_.normalise(pixels_.narrow(0, image, 1));
  latest = {image, exact_activations(same ? network_ : *canonised_, input)};
  done_.forwards += 1;
  return latest.values;
}

Tensor Subject::walk(std::span<const Query> queries, bool canonised, const Walk& walk) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> rows;
  for (const Query& query : queries) rows.push_back(walk(activations(query.image, canonised), query));
  const auto count = static_cast<std::int64_t>(queries.size());
  bill_.backwards += count;
  done_.backwards += count;
  ASSAY_ASSERT(!rows.empty());
  return at::cat(rows);
}

Tensor Subject::gradient(int layer, std::span<const Query> queries, Score score) {
  ASSAY_ASSERT(score != Score::logit_share);
  return walk(queries, false, [&](std::span<const Tensor> activations, const Query& query) {
    const Tensor seed = seed_of(activations.back(), query.target, score);
    return propagate(network_, activations, seed, Rules{}, network_.output(), layer);
  });
}

Cost Subject::bill() {
  const auto now = std::chrono::steady_clock::now();
  bill_.seconds = std::chrono::duration<double>(now - billed_at_).count();
  done_.seconds += bill_.seconds;
  billed_at_ = now;
  billed_.clear();
  return std::exchange(bill_, Cost{});
}

}  // namespace assay
