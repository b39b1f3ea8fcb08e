#pragma once

#include <string>
#include <vector>

#include "harness/core/seed.h"
#include "harness/network/subject.h"

namespace assay::test {

constexpr std::int64_t kToySide = 14;

/// Uniform in [low, high), the same on every machine.
inline Tensor random_tensor(std::vector<std::int64_t> shape, double low, double high, std::uint64_t seed) {
  const Tensor values = at::empty(shape, at::kFloat);
  Random random(seed);
  float* at = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    at[i] = static_cast<float>(low + (high - low) * random.uniform());
  return values;
}

/// conv 3x3 - relu - global average - linear, five classes, 14x14 pixels: small enough to be run thousands of
/// times.
inline Network toy_network() {
  Layer input{.kind = Kind::input, .name = "input"};
  Layer conv{.kind = Kind::conv, .name = "conv", .inputs = {0}};
  conv.attributes.kernel = {3, 3};
  conv.attributes.pad = {1, 1, 1, 1};
  conv.parameters = {{"conv.weight", random_tensor({8, 3, 3, 3}, -1, 1, 1)},
                     {"conv.bias", random_tensor({8}, -1, 1, 2)}};
  Layer relu{.kind = Kind::relu, .name = "relu", .inputs = {1}};
  Layer pool{.kind = Kind::global_avg_pool, .name = "pool", .inputs = {2}};
  Layer linear{.kind = Kind::linear, .name = "linear", .inputs = {3}};
  linear.parameters = {{"linear.weight", random_tensor({5, 8}, -3, 3, 3)},
                       {"linear.bias", random_tensor({5}, -1, 1, 4)}};
  Preprocess preprocess;
  preprocess.height = preprocess.width = kToySide;
  preprocess.mean = {100, 110, 120};
  preprocess.std = {60, 60, 60};
  return {"toy", {input, conv, relu, pool, linear}, preprocess, {}};
}

inline Subject toy_subject(std::int64_t images, int batch = 8, at::Device device = at::kCPU) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) names.push_back("image " + std::to_string(i));
  return {toy_network(),
          random_tensor({images, 3, kToySide, kToySide}, 0, 255, 5).round(),
          names,
          1,
          {.batch = batch, .device = device}};
}

/// A query an image: its predicted class.
inline std::vector<Query> predictions(Subject& subject) {
  std::vector<Query> queries;
  for (std::int64_t i = 0; i < subject.images(); ++i) queries.push_back({i, subject.predicted(i)});
  return queries;
}

/// Logits W x + b of the normalised pixels: five classes, 14x14 pixels, weights between -reach and reach.
inline Network linear_network(double reach = 0.1) {
  constexpr std::int64_t kInputs = 3 * kToySide * kToySide;
  Layer input{.kind = Kind::input, .name = "input"};
  Layer linear{.kind = Kind::linear, .name = "linear", .inputs = {0}};
  linear.parameters = {{"linear.weight", random_tensor({5, kInputs}, -reach, reach, 21)},
                       {"linear.bias", random_tensor({5}, -1, 1, 22)}};
  Preprocess preprocess;
  preprocess.height = preprocess.width = kToySide;
  preprocess.mean = {100, 110, 120};
  preprocess.std = {60, 60, 60};
  return {"linear", {input, linear}, preprocess, {}};
}

}  // namespace assay::test
