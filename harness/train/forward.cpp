#include "harness/train/forward.h"

#include <ATen/CPUGeneratorImpl.h>

#include "harness/core/seed.h"
#include "harness/train/floor_network.h"

namespace assay {

Tensor dropout_mask(at::IntArrayRef shape, double share, std::uint64_t seed) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::empty(shape).bernoulli_(1 - share, generator).div_(1 - share);
}

TrainingOutputs training_forward(const Network& network, const Tensor& input, double dropout,
                                 std::uint64_t seed) {
  std::vector<Tensor> values{input};
  for (int index = 1; index < network.size(); ++index) {
    const Layer& layer = network.layers()[index];
    std::vector<Tensor> inputs;
    for (const int from : layer.inputs) inputs.push_back(values[from]);
    if (layer.kind == Kind::dropout)
      values.push_back(inputs[0] * dropout_mask(inputs[0].sizes(), dropout, mix_seed(seed, layer.name)));
    else
      values.push_back(Network::run(layer, inputs));
  }
  return {values[network.find(kEmbeddingLayer)], values.back()};
}

}  // namespace assay
