#include "harness/network/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/seed.h"
#include "harness/network/device.h"
#include "harness/network/propagate.h"
#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tail.h"
#include "harness/network/tensor.h"

namespace assay {

Network predictor(const Network& network, const Numerics& numerics) {
  return network.to(numerics.device).to(numerics.precision).for_inference(numerics.form);
}

Subject::Subject(Network network, const Tensor& pixels, std::vector<std::string> names, std::uint64_t seed,
                 Numerics numerics)
    : network_(network.to(numerics.device)),
      inference_(predictor(network_, numerics)),
      pixels_(pixels.to(numerics.device, at::kFloat)),
      names_(std::move(names)),
      seed_(seed),
      numerics_(numerics),
      forward_(cost_of_passes(network_, 1)) {
  ASSAY_ASSERT(numerics_.batch > 0);
  ASSAY_ASSERT(pixels_.dim() == 4 && pixels_.size(0) == static_cast<std::int64_t>(names_.size()));
}

std::uint64_t Subject::seed(std::int64_t image) const {
  return mix_seed(seed_, names_.at(static_cast<std::size_t>(image)));
}

std::int64_t Subject::filled(std::int64_t used) const {
  return filled_batch(used, numerics_.batch, numerics_.device);
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
    const std::int64_t filled = this->filled(used);
    if (used < filled) batch.narrow(0, used, filled - used).zero_();
    const Tensor input = network_.normalise(batch.narrow(0, 0, filled));
    logits.push_back(inference_.forward(input).narrow(0, 0, used));
  }
  done_ += passes(n);
  if (logits.empty()) return at::empty({0, network_.outputs()}, at::kFloat);
  return at::cat(logits).to(at::kCPU, at::kFloat);
}

bool Subject::compute_logits() {
  if (logits_.logits.defined()) return true;
  const Stopwatch watch;
  logits_.logits = run_batches(images(), [this](std::int64_t first, Tensor batch) {
    batch.copy_(pixels_.narrow(0, first, batch.size(0)));
  });
  logits_.cost = passes(images());
  logits_.cost.seconds = watch.seconds();
  return false;
}

const Tensor& Subject::logits() {
  const bool at_hand = compute_logits();
  charge_shared("logits", logits_.cost, at_hand);
  return logits_.logits;
}

Tensor Subject::logits(std::int64_t image) {
  const bool at_hand = compute_logits();
  Cost cost = passes(1);
  cost.seconds = logits_.cost.seconds / static_cast<double>(images());
  charge_shared(fmt::format("logits of image {}", image), cost, at_hand);
  return logits_.logits[image];
}

std::int64_t Subject::predicted(std::int64_t image) {
  return logits()[image].argmax().item<std::int64_t>();
}

Tensor Subject::predict(std::int64_t n, const FillBatch& fill) {
  bill_ += passes(n);
  return run_batches(n, fill);
}

Tensor Subject::predict_from(int layer, std::int64_t image, std::int64_t n, const FillBatch& fill) {
  const at::NoGradGuard no_grad;
  const std::vector<Tensor>& known = activations(image);
  const Tail tail(network_, layer, known);
  std::vector<std::int64_t> shape = known[static_cast<std::size_t>(layer)].sizes().vec();
  shape.front() = largest_group(numerics_.batch);
  const Tensor batch = at::empty(shape, known[static_cast<std::size_t>(layer)].options());
  std::vector<Tensor> logits;
  for (std::int64_t first = 0, count = 0; first < n; first += count) {
    count = next_group(n - first, numerics_.batch);
    const Tensor outputs = batch.narrow(0, 0, count);
    fill(first, outputs);
    logits.push_back(tail.run(outputs).clone());
  }
  const Cost cost{
      .forwards = n,
      .work = {.asked = n * forward_.work.asked, .done = n * multiply_adds_behind(network_, layer)}};
  bill_ += cost;
  done_ += cost;
  if (logits.empty()) return at::empty({0, network_.outputs()}, at::kDouble);
  return at::cat(logits).to(at::kCPU);
}

const Network& Subject::canonised() {
  if (!canonised_) canonised_ = network_.canonised();
  return *canonised_;
}

const std::vector<Tensor>& Subject::activations(std::int64_t image, bool canonised) {
  const bool same = !canonised || this->canonised().layers().data() == network_.layers().data();
  Latest& latest = same ? activations_ : canonised_activations_;
  const bool at_hand = latest.image == image;
  if (!at_hand) {
    const Stopwatch watch;
    const Tensor input = network_.normalise(pixels_.narrow(0, image, 1));
    latest = {image, exact_activations(same ? network_ : *canonised_, input), forward_};
    latest.cost.seconds = watch.seconds();
    done_ += forward_;
  }
  charge_shared(fmt::format("activations {} {}", image, same), latest.cost, at_hand);
  return latest.values;
}

Tensor Subject::walk(std::span<const Query> queries, bool canonised, const Walk& walk,
                     const std::string& words) {
  const at::NoGradGuard no_grad;
  ASSAY_ASSERT(!queries.empty());
  std::vector<Tensor> rows;
  if (!words.empty()) {
    for (const Query& query : queries) rows.push_back(kept_walk(query, canonised, walk, words));
    return at::cat(rows);
  }
  for (const Query& query : queries) rows.push_back(walk(activations(query.image, canonised), query));
  const auto count = static_cast<std::int64_t>(queries.size());
  bill_ += passes(0, count);
  done_ += passes(0, count);
  return at::cat(rows);
}

Tensor Subject::kept_walk(const Query& query, bool canonised, const Walk& walk, const std::string& words) {
  const bool same = !canonised || this->canonised().layers().data() == network_.layers().data();
  const std::string key = fmt::format("{} of image {}, class {}, {}", words, query.image, query.target, same);
  auto found = walks_.find(key);
  const bool at_hand = found != walks_.end();
  if (!at_hand) {
    const std::vector<Tensor>& values = activations(query.image, canonised);
    const Stopwatch watch;
    KeptWalk made{walk(values, query), (same ? activations_ : canonised_activations_).cost, passes(0, 1)};
    made.walk.seconds = watch.seconds();
    done_ += passes(0, 1);
    if (walk_bytes_ > kWalkBytes) {
      walks_.clear();
      walk_bytes_ = 0;
    }
    walk_bytes_ += made.value.nbytes();
    found = walks_.emplace(key, std::move(made)).first;
  }
  charge_shared(fmt::format("activations {} {}", query.image, same), found->second.activations, at_hand);
  charge_shared("walk " + key, found->second.walk, at_hand);
  return found->second.value;
}

void Subject::know_classes(std::int64_t image, std::vector<std::int64_t> classes) {
  std::vector<std::int64_t>& known = known_classes_[image];
  known.clear();
  for (const std::int64_t one : classes)
    if (std::ranges::find(known, one) == known.end()) known.push_back(one);
}

std::span<const std::int64_t> Subject::classes_on(std::int64_t image) const {
  const auto found = known_classes_.find(image);
  return found == known_classes_.end() ? std::span<const std::int64_t>() : found->second;
}

}  // namespace assay
