#include "harness/network/randomise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/normal.h"
#include "harness/core/seed.h"
#include "harness/network/tensor.h"

namespace assay {
namespace {

constexpr std::array<std::string_view, 4> kRedraws{"fan-in", "truncated", "resampled", "permuted"};
constexpr std::array<std::string_view, 3> kOrders{"top-down", "bottom-up", "independent"};
constexpr double kTruncatedDeviation = 0.01;

template <std::size_t N>
std::size_t word_place(std::string_view name, const std::array<std::string_view, N>& names,
                       const char* what) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    throw ConfigError(fmt::format("unknown {} '{}'; known: {}", what, name, fmt::join(names, ", ")));
  return static_cast<std::size_t>(found - names.begin());
}

bool has_weights(const Layer& layer) {
  return !layer.parameters.empty();
}

/// The layer that a batch norm belongs to: what it reads, where that has weights itself.
int owner_of(std::span<const Layer> layers, int index) {
  const Layer& layer = layers[static_cast<std::size_t>(index)];
  if (layer.kind != Kind::batch_norm) return index;
  const int source = layer.inputs[0];
  return has_weights(layers[static_cast<std::size_t>(source)]) ? owner_of(layers, source) : index;
}

/// Values of a new parameter, one after the other.
class Drawing {
 public:
  Drawing(Redraw redraw, std::uint64_t seed) : redraw_(redraw), random_(seed), normal_(random_) {}

  /// `plain`: what a parameter that is no weight becomes where weights are drawn from a normal distribution.
  Tensor draw(const Tensor& old, bool weight, double plain) {
    Tensor drawn = old.detach().to(at::kCPU, at::kDouble).contiguous().clone();
    const std::span<double> values(drawn.data_ptr<double>(), static_cast<std::size_t>(drawn.numel()));
    if (redraw_ == Redraw::resampled) {
      const std::vector<double> own(values.begin(), values.end());
      for (double& value : values) value = own[random_.below(own.size())];
    } else if (redraw_ == Redraw::permuted) {
      for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random_.below(i)]);
    } else if (!weight) {
      std::ranges::fill(values, plain);
    } else {
      const double fan_in = static_cast<double>(drawn.numel()) / static_cast<double>(drawn.size(0));
      for (double& value : values)
        value = redraw_ == Redraw::fan_in ? std::sqrt(2 / fan_in) * normal_() : truncated();
    }
    return drawn.to(old.options());
  }

 private:
  double truncated() {
    double value = normal_();
    while (std::abs(value) > 2) value = normal_();
    return kTruncatedDeviation * value;
  }

  Redraw redraw_;
  Random random_;
  Normal normal_;
};

/// Of a parameter that is no weight: what it is in an identity.
double plain_value(const Layer& layer, std::size_t parameter) {
  return layer.kind == Kind::batch_norm && (parameter == 0 || parameter == 3) ? 1 : 0;
}

}  // namespace

std::string_view name_of(Redraw redraw) {
  return kRedraws.at(static_cast<std::size_t>(redraw));
}

Redraw redraw_from(std::string_view name) {
  return static_cast<Redraw>(word_place(name, kRedraws, "initialisation"));
}

std::string_view name_of(RandomisedOrder order) {
  return kOrders.at(static_cast<std::size_t>(order));
}

RandomisedOrder randomised_order_from(std::string_view name) {
  return static_cast<RandomisedOrder>(word_place(name, kOrders, "order"));
}

std::vector<WeightStage> weight_stages(const Network& network) {
  std::vector<WeightStage> stages;
  std::map<const void*, std::size_t> known;  // weights of a stage's first layer -> the stage
  std::vector<std::size_t> stage_of(network.layers().size());
  for (int index = 0; index < network.size(); ++index) {
    const Layer& layer = network.layers()[static_cast<std::size_t>(index)];
    if (!has_weights(layer)) continue;
    const int owner = owner_of(network.layers(), index);
    std::size_t& mine = stage_of[static_cast<std::size_t>(index)];
    if (owner != index) {
      mine = stage_of[static_cast<std::size_t>(owner)];
    } else {
      const auto [place, fresh] = known.try_emplace(layer.weight().data_ptr(), stages.size());
      mine = place->second;
      if (fresh) stages.push_back({layer.name, {}});
    }
    stages[mine].layers.push_back(index);
  }
  std::ranges::reverse(stages);
  return stages;
}

std::uint64_t stage_seed(std::uint64_t seed, const WeightStage& stage) {
  return mix_seed(seed, stage.name) >> 11;
}

Network randomised(const Network& network, std::span<const WeightStage> stages, Redraw redraw,
                   std::uint64_t seed) {
  std::vector<Layer> layers(network.layers().begin(), network.layers().end());
  for (const WeightStage& stage : stages) {
    std::map<const void*, Tensor> drawn;  // by the parameter before: shared ones stay shared
    for (const int index : stage.layers) {
      Layer& layer = layers.at(static_cast<std::size_t>(index));
      for (std::size_t i = 0; i < layer.parameters.size(); ++i) {
        Tensor& value = layer.parameters[i].value;
        const auto [place, fresh] = drawn.try_emplace(value.data_ptr());
        const std::uint64_t own = mix_seed({stage_seed(seed, stage), drawn.size()});
        if (fresh)
          place->second = Drawing(redraw, own)
                              .draw(value, i == 0 && layer.kind != Kind::batch_norm, plain_value(layer, i));
        value = place->second;
      }
    }
  }
  return Network(network.name(), std::move(layers), network.preprocess(), network.classes());
}

std::vector<std::vector<std::size_t>> randomised_steps(std::size_t stages, RandomisedOrder order,
                                                       std::size_t count) {
  if (count == 0 || count > stages) count = stages;
  std::vector<std::vector<std::size_t>> steps(count);
  for (std::size_t step = 0; step < count; ++step) {
    if (order == RandomisedOrder::independent) {
      steps[step] = {count == 1 ? 0 : step * (stages - 1) / (count - 1)};
      continue;
    }
    for (std::size_t i = step * stages / count; i < (step + 1) * stages / count; ++i)
      steps[step].push_back(order == RandomisedOrder::top_down ? i : stages - 1 - i);
  }
  return steps;
}

}  // namespace assay
