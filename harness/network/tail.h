#pragma once

#include <map>
#include <span>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// The layers behind one layer, to be run again with other outputs of that layer while everything beside them
/// stays as it is on one image. Computes in the type of the activations: parameters are converted once.
class Tail {
 public:
  /// `activations`: the outputs of all layers for one image, [1,...] each (Network::activations or
  /// exact_activations). `layer` must feed the logits, or give them.
  Tail(const Network& network, int layer, std::span<const Tensor> activations);

  /// Outputs of the layer [n,...], in the type of the activations -> logits [n,K]. The same as a full forward
  /// in which the layer gives these outputs. No gradient is recorded.
  Tensor run(const Tensor& outputs) const;

 private:
  /// What layer `index` of the network reads, for n images.
  std::vector<Tensor> inputs_of(int index, const std::map<int, Tensor>& values, std::int64_t n) const;

  int layer_, output_;
  std::map<int, Layer> behind_;   // by index
  std::map<int, Tensor> beside_;  // by index: what they read from other layers, [1,...]
  std::vector<int> last_use_;     // by layer: index of the last layer that reads it
};

/// Multiply-adds of the layers behind `layer`, for one image.
std::int64_t multiply_adds_behind(const Network& network, int layer);

}  // namespace assay
