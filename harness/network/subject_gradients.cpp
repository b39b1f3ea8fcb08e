#include <fmt/format.h>

#include <algorithm>

#include "harness/core/error.h"
#include "harness/network/device.h"
#include "harness/network/propagate.h"
#include "harness/network/subject.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr std::int64_t kInputsOfABatch = 8;

/// d score(target) / d logits for each row, in the shape and type of `logits`.
Tensor seed_of(const Tensor& logits, std::int64_t target, Score score) {
  const Tensor rows = logits.flatten(1).to(at::kDouble);
  const Tensor one_hot = at::zeros_like(rows);
  one_hot.select(1, target).fill_(1);
  if (score == Score::logit) return one_hot.to(logits.scalar_type()).view_as(logits);
  const Tensor p = rows.softmax(1);
  return (p.narrow(1, target, 1) * (one_hot - p)).to(logits.scalar_type()).view_as(logits);
}

/// Outputs of all layers for `inputs`, in their type.
std::vector<Tensor> activations_at(const Network& network, const Tensor& inputs) {
  return inputs.scalar_type() == at::kDouble ? exact_activations(network, inputs)
                                             : network.activations(inputs);
}

}  // namespace

Tensor Subject::gradient(int layer, std::span<const Query> queries, Score score) {
  return gradient(layer, queries, score, {.name = "gradient"});
}

Tensor Subject::gradient(int layer, std::span<const Query> queries, Score score, const Rules& rules) {
  ASSAY_ASSERT(score != Score::logit_share);
  const auto walk_down = [&](std::span<const Tensor> activations, const Query& query) {
    const Tensor seed = seed_of(activations.back(), query.target, score);
    return propagate(network_, activations, seed, rules, network_.output(), layer);
  };
  const std::string words =
      rules.name.empty() ? "" : fmt::format("{} of {} at layer {}", rules.name, name_of(score), layer);
  return walk(queries, false, walk_down, words);
}

void Subject::gradients_at(std::int64_t n, const FillBatch& fill, std::span<const std::int64_t> targets,
                           Score score, const TakeSlopes& take) {
  ASSAY_ASSERT(score != Score::logit_share);
  const at::NoGradGuard no_grad;
  const std::int64_t size = std::min<std::int64_t>(numerics_.batch, kInputsOfABatch);
  const Tensor batch =
      at::empty({largest_group(size), pixels_.size(1), pixels_.size(2), pixels_.size(3)}, pixels_.options());
  for (std::int64_t first = 0, count = 0; first < n; first += count) {
    count = next_group(n - first, size);
    const Tensor inputs = batch.narrow(0, 0, count);
    fill(first, inputs);
    const std::vector<Tensor> activations = activations_at(network_, inputs);
    const Tensor scores = scores_of(activations.back().flatten(1), score);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const Tensor seed = seed_of(activations.back(), targets[t], score);
      take({first, t, propagate(network_, activations, seed, Rules{}, network_.output(), 0),
            scores.select(1, targets[t])});
    }
  }
  const Cost cost = passes(n, n * std::ssize(targets));
  bill_ += cost;
  done_ += cost;
}

Tensor Subject::gradient_at(const Tensor& inputs, std::int64_t target, Score score) {
  ASSAY_ASSERT(score != Score::logit_share);
  const at::NoGradGuard no_grad;
  const std::vector<Tensor> activations = activations_at(network_, inputs);
  const Cost cost = passes(inputs.size(0), inputs.size(0));
  bill_ += cost;
  done_ += cost;
  const Tensor seed = seed_of(activations.back(), target, score);
  return propagate(network_, activations, seed, Rules{}, network_.output(), 0);
}

}  // namespace assay
