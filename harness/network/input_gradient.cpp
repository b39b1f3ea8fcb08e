#include "harness/network/input_gradient.h"

#include <torch/csrc/autograd/autograd.h>

#include "harness/core/error.h"
#include "harness/network/tensor.h"

namespace assay {

Tensor input_gradient(const Network& network, const Tensor& inputs, std::int64_t target, Score score) {
  ASSAY_ASSERT(score != Score::logit_share);
  const Network typed = network.to(inputs.scalar_type());
  const at::AutoGradMode record(true);
  const Tensor leaf = inputs.detach().requires_grad_();
  std::vector<Tensor> values{leaf};
  for (const Layer& layer : typed.layers().subspan(1)) {
    std::vector<Tensor> read;
    for (const int input : layer.inputs) read.push_back(values[static_cast<std::size_t>(input)]);
    values.push_back(Network::run(layer, read));
  }
  const Tensor logits = values.back().flatten(1);
  const Tensor scores = score == Score::logit ? logits : logits.to(at::kDouble).softmax(1);
  return torch::autograd::grad({scores.select(1, target).sum()}, {leaf})[0];
}

}  // namespace assay
