#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/device.h"
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

Tensor Subject::predict_chains(std::int64_t image, std::span<const std::vector<Perturbation>> steps) {
  const at::NoGradGuard no_grad;
  if (steps.empty()) return at::empty({0, 0, network_.outputs()}, at::kFloat);
  charge_state(image);
  const State& start = state_of(image);
  const std::size_t chains = steps.front().size();
  std::vector<Tensor> groups;
  for (std::size_t first = 0, count = 0; first < chains; first += count) {
    const std::int64_t group = next_group(static_cast<std::int64_t>(chains - first), numerics_.batch);
    count = static_cast<std::size_t>(group);
    State twins = start.twins(group);
    std::vector<Tensor> logits;
    for (const std::vector<Perturbation>& step : steps) {
      ASSAY_ASSERT(step.size() == chains);
      twins.advance(std::span(step).subspan(first, count));
      logits.push_back(twins.activations().back().flatten(1).to(at::kCPU, at::kFloat, false, /*copy=*/true));
    }
    groups.push_back(at::stack(logits));
  }
  Cost cost;
  for (const std::vector<Perturbation>& step : steps)
    cost += {.forwards = std::ssize(step), .work = start.price(step)};
  bill_ += cost;
  done_ += cost;
  return at::cat(groups, 1);
}

const State& Subject::state_of(std::int64_t image) {
  if (state_image_ != image) {
    const Tensor input = network_.normalise(pixels_.narrow(0, image, 1));
    state_ = std::make_shared<const State>(inference_, input, numerics_.batch);
    state_image_ = image;
    done_.work.done += forward_.work.done;
  }
  return *state_;
}

Subject::Series Subject::run_windows(std::int64_t image, std::span<const Perturbation> perturbations) {
  const Stopwatch watch;
  const State& state = state_of(image);
  Series made{.logits = state.predict(perturbations).to(at::kCPU, at::kFloat),
              .cost = {.forwards = static_cast<std::int64_t>(perturbations.size()),
                       .work = state.price(perturbations)}};
  done_ += made.cost;
  made.cost.seconds = watch.seconds();
  return made;
}

}  // namespace assay
