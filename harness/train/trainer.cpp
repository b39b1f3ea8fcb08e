#include "harness/train/trainer.h"

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/train/forward.h"

namespace assay {
namespace {

/// What a random number is for.
enum Purpose : std::uint64_t { kPairs, kCrops, kMasks };

/// The same layers over what `make` makes of each parameter.
template <class Make>
Network over(const Network& network, Make make) {
  std::vector<Layer> layers(network.layers().begin(), network.layers().end());
  for (Layer& layer : layers)
    for (Parameter& parameter : layer.parameters) parameter.value = make(parameter.value);
  return Network(network.name(), std::move(layers), network.preprocess(), network.classes());
}

Tensor leaf_of(const Tensor& value) {
  return value.detach().to(at::kFloat).clone().set_requires_grad(true);
}

std::vector<Tensor> parameters_of(const Network& network) {
  std::vector<Tensor> parameters;
  for (const Layer& layer : network.layers())
    for (const Parameter& parameter : layer.parameters) parameters.push_back(parameter.value);
  return parameters;
}

std::int64_t right_of(const Tensor& logits, const Tensor& labels) {
  return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

std::vector<std::int64_t> labels_of(const std::vector<TrainingView>& views) {
  std::vector<std::int64_t> labels;
  for (const TrainingView& view : views) labels.push_back(view.label);
  return labels;
}

std::int64_t steps_of(std::int64_t pairs, std::int64_t pairs_a_step) {
  return (pairs + pairs_a_step - 1) / pairs_a_step;
}

void copy_into(std::vector<Tensor>& to, const std::vector<Tensor>& from) {
  const bool fits = std::ranges::equal(to, from, [](const Tensor& a, const Tensor& b) {
    return a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type();
  });
  if (!fits) throw DataError("the checkpoint does not fit the network; --restart begins anew");
  for (std::size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace

struct Trainer::Sums {
  double loss = 0, contrastive = 0, cross_entropy = 0;
  std::int64_t steps = 0, crops = 0, right = 0;
};

Trainer::Trainer(const Network& start, std::vector<TrainingView> views, Recipe recipe, std::uint64_t seed)
    : network_(over(start, leaf_of)),
      views_(std::move(views)),
      recipe_(std::move(recipe)),
      seed_(seed),
      multipliers_(multipliers_of(network_, recipe_)) {
  state_.parameters = parameters_of(network_);
  for (const Tensor& parameter : state_.parameters) state_.velocities.push_back(at::zeros(parameter.sizes()));
  if (recipe_.rate_epochs > 0)
    recipe_.sgd.step_size = recipe_.rate_epochs *
                            steps_of(std::ssize(balanced_pairs(labels_of(views_), 0)), recipe_.pairs_a_step);
}

bool Trainer::is_learned() const {
  const std::int64_t needed = recipe_.stop.in_a_row;
  return epochs_done() >= needed &&
         std::all_of(state_.rows.end() - needed, state_.rows.end(), [&](const EpochRow& row) {
           return row.verified == 1 && row.verified_loss < recipe_.stop.loss;
         });
}

void Trainer::run_step(std::span<const Pair> pairs, std::int64_t step, Sums& sums) {
  const auto key = [&](Purpose purpose) {
    return mix_seed({seed_, purpose, static_cast<std::uint64_t>(step)});
  };
  const Minibatch batch =
      minibatch_of(pairs, views_, network_.preprocess(), recipe_.augmentation, key(kCrops));
  const TrainingOutputs outputs =
      training_forward(network_, network_.normalise(batch.pixels), recipe_.dropout, key(kMasks));
  const SiameseLoss loss =
      siamese_loss(outputs.embedding, outputs.logits, batch.labels, batch.pairs, recipe_.loss);
  if (!std::isfinite(loss.total.item<double>()))
    throw DataError(fmt::format("step {}: the loss is no longer a number; another seed may do", step + 1));
  const std::vector<Tensor> gradients = torch::autograd::grad({loss.total}, state_.parameters);
  sgd_step(state_.parameters, state_.velocities, gradients, multipliers_, recipe_.sgd, step);
  sums.loss += loss.total.item<double>();
  sums.contrastive += loss.contrastive;
  sums.cross_entropy += loss.cross_entropy;
  sums.right += right_of(outputs.logits, batch.labels);
  sums.crops += batch.labels.size(0);
  ++sums.steps;
}

void Trainer::verify(EpochRow& row) const {
  const Preprocess& p = network_.preprocess();
  std::int64_t right = 0, crops = 0;
  double loss = 0;
  for (const TrainingView& view : views_) {
    const Tensor logits = network_.forward(network_.normalise(fixed_crops(view.pixels, p.height, p.width)));
    const Tensor labels = at::full({logits.size(0)}, view.label, at::kLong);
    right += right_of(logits, labels);
    loss -= logits.to(at::kDouble).log_softmax(1).select(1, view.label).sum().item<double>();
    crops += logits.size(0);
  }
  row.verified = static_cast<double>(right) / static_cast<double>(crops);
  row.verified_loss = loss / static_cast<double>(crops);
}

const EpochRow& Trainer::run_epoch() {
  const auto begin = std::chrono::steady_clock::now();
  const std::int64_t epoch = epochs_done();
  const std::vector<Pair> pairs =
      balanced_pairs(labels_of(views_), mix_seed({seed_, kPairs, static_cast<std::uint64_t>(epoch)}));
  const auto count = std::ssize(pairs), size = recipe_.pairs_a_step;
  std::int64_t step = epoch * steps_of(count, size);
  Sums sums;
  for (std::int64_t first = 0; first < count; first += size)
    run_step(std::span(pairs).subspan(first, std::min(size, count - first)), step++, sums);
  const auto mean = [&](double sum) { return sum / static_cast<double>(sums.steps); };
  EpochRow row{.epoch = epoch + 1,
               .rate = rate_at(recipe_.sgd, step - 1),
               .loss = mean(sums.loss),
               .contrastive = mean(sums.contrastive),
               .cross_entropy = mean(sums.cross_entropy),
               .accuracy = static_cast<double>(sums.right) / static_cast<double>(sums.crops)};
  verify(row);
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() +
                (state_.rows.empty() ? 0 : state_.rows.back().seconds);
  state_.rows.push_back(row);
  return state_.rows.back();
}

void Trainer::restore(const TrainingState& state) {
  const at::NoGradGuard no_grad;
  copy_into(state_.parameters, state.parameters);
  copy_into(state_.velocities, state.velocities);
  state_.rows = state.rows;
}

Network Trainer::network() const {
  return over(network_, [](const Tensor& value) { return value.detach().clone(); });
}

}  // namespace assay
