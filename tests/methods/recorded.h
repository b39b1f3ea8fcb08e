#pragma once

#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "harness/network/subject.h"
#include "tests/toy.h"

namespace assay::test {

/// How a layer runs in a graph.
using RunLayer = std::function<Tensor(const Layer& layer, std::span<const Tensor> inputs)>;

/// Outputs of all layers in double as one graph of autograd, from a leaf at the normalised input [N,3,H,W].
inline std::vector<Tensor> recorded(const Network& network, const Tensor& input,
                                    const RunLayer& run = Network::run) {
  const at::AutoGradMode record(true);
  const Network exact = network.to(at::kDouble);
  std::vector<Tensor> values{input.detach().to(at::kDouble).clone().requires_grad_()};
  for (const Layer& layer : exact.layers().subspan(1)) {
    std::vector<Tensor> inputs;
    for (const int read : layer.inputs) inputs.push_back(values[static_cast<std::size_t>(read)]);
    values.push_back(run(layer, inputs));
  }
  return values;
}

/// d score(target) / d output of `layer`, of the sum over the images.
inline Tensor recorded_gradient(const std::vector<Tensor>& values, std::int64_t target, int layer = 0,
                                Score score = Score::logit) {
  const at::AutoGradMode record(true);
  const Tensor logits = values.back().flatten(1);
  const Tensor scores = score == Score::logit ? logits : logits.softmax(1);
  return torch::autograd::grad({scores.select(1, target).sum()}, {values[static_cast<std::size_t>(layer)]},
                               /*grad_outputs=*/{}, /*retain_graph=*/true)[0];
}

/// The normalised input of one image of a subject, [1,3,H,W].
inline Tensor input_of(const Subject& subject, std::int64_t image) {
  return subject.network().normalise(subject.pixels().narrow(0, image, 1));
}

/// Two images of a network's size; values as a network without preprocessing expects them, unless scaled.
inline Subject two_images(const Network& network, double scale = 1, double offset = 0,
                          std::uint64_t seed = 3) {
  const Preprocess& p = network.preprocess();
  return Subject(network, normal({2, 3, p.height, p.width}, 80) * scale + offset, {"first", "second"}, seed,
                 {.batch = 4});
}

/// Two classes of the second image around one of the first.
inline const std::vector<Query> kThreeQueries{{1, 2}, {0, 3}, {1, 0}};

/// Logits = weight [4,27] x + bias of a 3x3 image, behind a preprocessing with a mean and a deviation.
inline Network linear_network(const Tensor& weight) {
  Toy toy(3, 3);
  toy.add(Kind::linear, "logits", {0}, {}, {weight, normal({4}, 91)});
  toy.preprocess().mean = {3, -2, 5};
  toy.preprocess().std = {2, 4, 8};
  return toy.network("linear");
}

inline double cosine_of(const Tensor& a, const Tensor& b) {
  const Tensor x = a.reshape({-1}).to(at::kDouble), y = b.reshape({-1}).to(at::kDouble);
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

}  // namespace assay::test
