#include "harness/network/state.h"

#include <ATen/record_function.h>

#include <limits>

#include "harness/core/error.h"
#include "harness/network/blocked.h"
#include "harness/network/device.h"

namespace assay {
namespace {

Layer without_padding(Layer layer) {
  layer.attributes.pad = {0, 0, 0, 0};
  layer.attributes.ceil_mode = false;
  return layer;
}

/// An average over a window cut out with zeros around the map divides by the whole kernel; times this it is
/// the layer's. Undefined where that is 1 everywhere.
Tensor average_weight(const Layer& layer, const Shape& in, const Shape& out,
                      const at::TensorOptions& options) {
  if (layer.kind != Kind::avg_pool) return {};
  const Attributes& a = layer.attributes;
  const Tensor ones = at::ones({1, 1, in[1], in[2]}, options);
  Cuts covered;
  for (int side = 0; side < 2; ++side) {
    const Reach all = read_by(*local_side(layer, in, out, side), {0, out[1 + side]});
    covered.size[side] = all.size();
    covered.first[side] = {all.first};
  }
  const Tensor share = at::avg_pool2d(cut(ones, covered, 0), a.kernel, a.stride);
  const Tensor average = Network::run(layer, {{ones}});
  const Tensor weight = at::where(share > 0, average / share, at::ones_like(share));
  return at::equal(weight, at::ones_like(weight)) ? Tensor() : weight;
}

double fill_of(const Layer& layer) {
  return layer.kind == Kind::max_pool ? -std::numeric_limits<double>::infinity() : 0;
}

/// Writes a perturbation into `window` [3,h,w], whose first pixel is (top, left) of the image.
void write(const Perturbation& p, std::int64_t top, std::int64_t left, const Tensor& window) {
  const std::int64_t first_row = std::max(p.top, top), first_column = std::max(p.left, left);
  const std::int64_t rows = std::min(p.top + p.height(), top + window.size(1)) - first_row;
  const std::int64_t columns = std::min(p.left + p.width(), left + window.size(2)) - first_column;
  const auto part = [&](const Tensor& x, std::int64_t row, std::int64_t column) {
    return x.narrow(-2, first_row - row, rows).narrow(-1, first_column - column, columns);
  };
  const Tensor to = part(window, top, left);
  const Tensor from = part(p.pixels, p.top, p.left).to(to.scalar_type());
  to.copy_(p.mask.defined() ? at::where(part(p.mask, p.top, p.left), from, to) : from);
}

}  // namespace

State::State(Network network, const Tensor& input, int batch)
    : network_(std::move(network)),
      batch_(batch),
      plans_(network_),
      shapes_(plans_.shapes()),
      last_use_(Network::last_uses(network_.layers())),
      activations_(network_.activations(input.clone())) {
  ASSAY_ASSERT(batch > 0 && input.size(0) == 1 && input.sizes().slice(1) == at::IntArrayRef(shapes_[0]));
  const at::NoGradGuard no_grad;
  for (int index = 0; index < network_.size(); ++index) {
    const Layer& layer = network_.layers()[index];
    Tensor& values = activations_[index];
    values = layer.kind == Kind::opaque ? values.clone() : values.contiguous();
    bare_.push_back(without_padding(layer));
    weights_.push_back(average_weight(layer, index ? shapes_[layer.inputs[0]] : Shape(), shapes_[index],
                                      activations_[0].options()));
  }
}

State::State(const State& one, std::int64_t copies)
    : network_(one.network_),
      batch_(one.batch_),
      plans_(one.plans_),
      shapes_(plans_.shapes()),
      last_use_(one.last_use_),
      bare_(one.bare_),
      weights_(one.weights_) {
  for (const Tensor& values : one.activations_) {
    std::vector<std::int64_t> times(static_cast<std::size_t>(values.dim()), 1);
    times[0] = copies;
    activations_.push_back(values.repeat(times));
  }
}

State State::twins(std::int64_t n) const {
  ASSAY_ASSERT(n > 0 && activations_[0].size(0) == 1);
  return {*this, n};
}

WindowPlans::Key State::key(const Perturbation& p) const {
  ASSAY_ASSERT(p.top > -p.height() && p.top < shapes_[0][1]);
  ASSAY_ASSERT(p.left > -p.width() && p.left < shapes_[0][2]);
  return plans_.key(p.top, p.left, p.height(), p.width());
}

Tensor State::predict(std::span<const Perturbation> perturbations) const {
  const at::NoGradGuard no_grad;
  ASSAY_ASSERT(activations_[0].size(0) == 1);
  const auto n = static_cast<std::int64_t>(perturbations.size());
  std::map<WindowPlans::Key, std::vector<std::int64_t>> by_plan;
  for (std::int64_t i = 0; i < n; ++i) by_plan[key(perturbations[i])].push_back(i);
  const Tensor& known = activations_.back();
  const Tensor logits = at::empty({n, known.numel()}, known.options());
  for (const auto& [plan, members] : by_plan)
    for (std::size_t first = 0; first < members.size(); first += batch_) {
      const std::size_t used = std::min<std::size_t>(batch_, members.size() - first);
      std::vector<const Perturbation*> batch(
          filled_batch(static_cast<std::int64_t>(used), batch_, known.device()),
          &perturbations[members[first]]);
      for (std::size_t i = 0; i < used; ++i) batch[i] = &perturbations[members[first + i]];
      const Tensor rows = run(batch, [](int, const Batch&) {});
      for (std::size_t i = 0; i < used; ++i)
        logits[members[first + i]].copy_(rows[static_cast<std::int64_t>(i)]);
    }
  return logits;
}

void State::advance(std::span<const Perturbation> perturbations) {
  const at::NoGradGuard no_grad;
  ASSAY_ASSERT(std::ssize(perturbations) == activations_[0].size(0));
  const Perturbation& first = perturbations.front();
  std::vector<const Perturbation*> each;
  for (const Perturbation& one : perturbations) {
    ASSAY_ASSERT(one.top == first.top && one.left == first.left);
    ASSAY_ASSERT(one.pixels.sizes() == first.pixels.sizes());
    each.push_back(&one);
  }
  run(each, [this](int layer, const Batch& batch) {
    const Tensor& values = batch.values[layer];
    if (shapes_[layer].size() == 3)
      paste(activations_[layer], values, batch.windows[layer]);
    else
      activations_[layer].copy_(values);
  });
}

Work State::price(std::span<const Perturbation> perturbations) const {
  Work sum;
  for (const Perturbation& perturbation : perturbations) sum += plans_.plan(key(perturbation)).work();
  return sum;
}

Tensor State::run(std::span<const Perturbation* const> perturbations, const Visit& visit) const {
  const WindowPlan& plan = plans_.plan(key(*perturbations[0]));
  std::vector<std::int64_t> tops, lefts;
  for (const Perturbation* p : perturbations) {
    tops.push_back(p->top);
    lefts.push_back(p->left);
  }
  Batch batch{.values = std::vector<Tensor>(network_.size()), .windows = std::vector<Cuts>(network_.size())};
  for (int index = 0; index < network_.size(); ++index) {
    if (shapes_[index].size() == 3) batch.windows[index] = plan.windows(index, tops, lefts);
    batch.values[index] =
        index == 0 ? written(perturbations, batch.windows[0]) : run_layer(index, plan.is_whole(index), batch);
    visit(index, batch);
  }
  return read(network_.output(), network_.output(), /*whole=*/true, batch).flatten(1);
}

Tensor State::written(std::span<const Perturbation* const> perturbations, const Cuts& windows) const {
  RECORD_USER_SCOPE("write");
  Tensor input = cut(activations_[0], windows, 0);
  for (std::size_t i = 0; i < perturbations.size(); ++i)
    write(*perturbations[i], windows.first[0][i], windows.first[1][i], input[static_cast<std::int64_t>(i)]);
  return input;
}

Tensor State::run_layer(int index, bool whole, Batch& batch) const {
  const Layer& layer = network_.layers()[index];
  std::vector<Tensor> inputs;
  for (const int input : layer.inputs) inputs.push_back(read(index, input, whole, batch));
  for (const int input : layer.inputs)
    if (last_use_[input] == index) batch.values[input] = Tensor();
  const Tensor values = Network::run_reusing(whole ? layer : bare_[index], inputs);
  if (whole || !weights_[index].defined()) return values;
  const Tensor weights = cut(weights_[index], batch.windows[index], 0);
  return values * (is_blocked(values) ? weights.unsqueeze(4) : weights);
}

/// What layer `index` reads of `input`: the whole map, or what its windows need.
Tensor State::read(int index, int input, bool whole, const Batch& batch) const {
  const Shape& shape = shapes_[input];
  if (shape.size() != 3) return batch.values[input];
  const Layer& layer = network_.layers()[index];
  Cuts wanted = batch.windows[input];
  for (int side = 0; side < 2; ++side) {
    std::vector<std::int64_t>& first = wanted.first[side];
    if (whole) {
      wanted.size[side] = shape[1 + side];
      std::ranges::fill(first, 0);
      continue;
    }
    const PoolSide local = *local_side(layer, shape, shapes_[index], side);
    const Cuts& outputs = batch.windows[index];
    wanted.size[side] = read_by(local, {0, outputs.size[side]}).size();
    for (std::size_t i = 0; i < first.size(); ++i)
      first[i] = read_by(local, {outputs.first[side][i], outputs.first[side][i] + 1}).first;
  }
  if (wanted == batch.windows[input]) return batch.values[input];
  return cut(activations_[input], batch.values[input], batch.windows[input], wanted, fill_of(layer));
}

}  // namespace assay
