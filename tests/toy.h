#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/seed.h"
#include "harness/network/network.h"
#include "harness/network/tensor.h"

namespace assay::test {

/// Standard normal values from a seed, the same everywhere (Box-Muller).
inline Tensor normal(at::IntArrayRef shape, std::uint64_t seed) {
  Random random(seed);
  const Tensor values = at::empty(shape, at::kDouble);
  double* value = values.data_ptr<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    value[i] = std::sqrt(-2 * std::log(1 - random.uniform())) *
               std::cos(2 * 3.14159265358979323846 * random.uniform());
  return values.to(at::kFloat);
}

/// A float32 tensor of that shape with those values; exact() keeps double.
inline Tensor exact(const std::vector<double>& values, at::IntArrayRef shape) {
  return at::tensor(values, at::kDouble).view(shape);
}
inline Tensor single(const std::vector<double>& values, at::IntArrayRef shape) {
  return exact(values, shape).to(at::kFloat);
}

/// Builds small networks layer by layer: `Toy toy(6, 6); toy.conv("c", {0}, 4, 3); Network n =
/// toy.network();` Weights are seeded normal values. Each call returns the index of its layer.
class Toy {
 public:
  Toy(std::int64_t height, std::int64_t width) {
    preprocess_.height = height;
    preprocess_.width = width;
    layers_.push_back({.kind = Kind::input, .name = "input"});
  }

  int add(Kind kind, std::string name, std::vector<int> inputs, Attributes attributes = {},
          std::vector<Tensor> parameters = {}) {
    Layer layer{.kind = kind, .name = std::move(name), .inputs = std::move(inputs), .attributes = attributes};
    for (std::size_t i = 0; i < parameters.size(); ++i)
      layer.parameters.push_back({layer.name + "." + std::to_string(i), parameters[i]});
    layers_.push_back(std::move(layer));
    return static_cast<int>(layers_.size()) - 1;
  }

  /// Square kernel, padding that keeps the size at stride 1, bias.
  int conv(std::string name, int input, std::int64_t in, std::int64_t out, std::int64_t kernel,
           std::int64_t stride = 1, std::int64_t groups = 1) {
    const std::int64_t pad = (kernel - 1) / 2;
    Attributes a{.kernel = {kernel, kernel},
                 .stride = {stride, stride},
                 .pad = {pad, pad, pad, pad},
                 .groups = groups};
    return add(Kind::conv, std::move(name), {input}, a,
               {normal({out, in / groups, kernel, kernel}, ++seed_) * 0.3, normal({out}, ++seed_) * 0.1});
  }

  int linear(std::string name, int input, std::int64_t in, std::int64_t out) {
    return add(Kind::linear, std::move(name), {input}, {},
               {normal({out, in}, ++seed_) * 0.3, normal({out}, ++seed_)});
  }

  /// All scales positive unless `signs` is set.
  int batch_norm(std::string name, int input, std::int64_t channels, bool signs = false) {
    const Tensor gamma = normal({channels}, ++seed_);
    return add(Kind::batch_norm, std::move(name), {input}, {.epsilon = 1e-5},
               {signs ? gamma : gamma.abs() + 0.1, normal({channels}, ++seed_), normal({channels}, ++seed_),
                normal({channels}, ++seed_).abs() + 0.5});
  }

  int opaque(std::string name, int input, std::shared_ptr<const OpaqueOperator> what) {
    layers_.push_back(
        {.kind = Kind::opaque, .name = std::move(name), .inputs = {input}, .opaque = std::move(what)});
    return static_cast<int>(layers_.size()) - 1;
  }

  Preprocess& preprocess() { return preprocess_; }
  Network network(std::string name = "toy") const {
    return Network(std::move(name), layers_, preprocess_, {});
  }

 private:
  std::vector<Layer> layers_;
  Preprocess preprocess_;
  std::uint64_t seed_ = 0;
};

}  // namespace assay::test
