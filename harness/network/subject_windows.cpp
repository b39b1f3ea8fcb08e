#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/network/state.h"
#include "harness/network/subject.h"

namespace assay {

void Subject::charge_state(std::int64_t image) {
  charge_shared(fmt::format("state of image {}", image), {.work = {.asked = 0, .done = forward_.work.done}},
                false);
}

Tensor Subject::predict(std::int64_t image, std::span<const Perturbation> perturbations) {
  charge_state(image);
  Series made = run_windows(image, perturbations);
  made.cost.seconds = 0;
  bill_ += made.cost;
  return made.logits;
}

const Tensor& Subject::predict_shared(const std::string& key, std::int64_t image,
                                      std::span<const Perturbation> perturbations) {
  charge_state(image);
  const std::string series = fmt::format("series {} of image {}", key, image);
  auto found = shared_.find(series);
  const bool at_hand = found != shared_.end();
  if (!at_hand) found = shared_.emplace(series, run_windows(image, perturbations)).first;
  ASSAY_ASSERT(found->second.logits.size(0) == static_cast<std::int64_t>(perturbations.size()));
  charge_shared(series, found->second.cost, at_hand);
  return found->second.logits;
}

const Tensor& Subject::predict_shared(const std::string& key, std::int64_t n, const FillBatch& fill) {
  const Tensor& logits = shared<Tensor>("images " + key, [&] { return predict(n, fill); });
  ASSAY_ASSERT(logits.size(0) == n);
  return logits;
}

Tensor Subject::predict_chain(std::int64_t image, std::span<const Perturbation> perturbations) {
  const at::NoGradGuard no_grad;
  State state(inference_, network_.normalise(pixels_.narrow(0, image, 1)), numerics_.batch);
  std::vector<Tensor> logits;
  for (const Perturbation& perturbation : perturbations) {
    state.advance(perturbation);
    logits.push_back(state.activations().back().reshape({1, -1}).clone());
  }
  Cost cost{.forwards = std::ssize(perturbations), .work = state.price(perturbations)};
  cost.work.done += forward_.work.done;
  bill_ += cost;
  done_ += cost;
  if (logits.empty()) return at::empty({0, network_.outputs()}, at::kFloat);
  return at::cat(logits).to(at::kCPU, at::kFloat);
}

Subject::Series Subject::run_windows(std::int64_t image, std::span<const Perturbation> perturbations) {
  const Stopwatch watch;
  if (state_image_ != image) {
    const Tensor input = network_.normalise(pixels_.narrow(0, image, 1));
    state_ = std::make_shared<const State>(inference_, input, numerics_.batch);
    state_image_ = image;
    done_.work.done += forward_.work.done;
  }
  Series made{.logits = state_->predict(perturbations).to(at::kCPU, at::kFloat),
              .cost = {.forwards = static_cast<std::int64_t>(perturbations.size()),
                       .work = state_->price(perturbations)}};
  done_ += made.cost;
  made.cost.seconds = watch.seconds();
  return made;
}

}  // namespace assay
