#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <string>
#include <vector>

#include "harness/network/network.h"

namespace assay {

/// Writes layers one behind the other. Weights are normal, with variance 2 / fan_in (He 2015) unless said
/// otherwise, biases 0, batch norms the identity, all drawn from one seeded generator in the order of the
/// layers. Parameters are called LAYER.weight, LAYER.bias ... Each call returns the index of its layer.
class LayerBuilder {
 public:
  explicit LayerBuilder(std::uint64_t seed);

  int last() const { return static_cast<int>(layers_.size()) - 1; }
  std::vector<Layer> finish() { return std::move(layers_); }

  /// A layer without parameters behind `inputs` (behind the last layer when there are none).
  int add(Kind kind, std::string name, Attributes attributes = {}, std::vector<int> inputs = {});
  int conv(const std::string& name, std::int64_t in, std::int64_t out, Attributes attributes, bool bias,
           int input);
  /// `deviation` of the weights; 0 = He's.
  int linear(const std::string& name, std::int64_t in, std::int64_t out, double deviation = 0);
  /// fcNUMBER, reluNUMBER, dropNUMBER.
  int fully_connected(const std::string& number, std::int64_t in, std::int64_t out);
  int batch_norm(const std::string& name, std::int64_t channels);

 private:
  int push(Kind kind, std::string name, Attributes attributes, std::vector<int> inputs);
  void draw(const std::string& name, const std::vector<std::int64_t>& shape, bool bias, double deviation);

  at::Generator generator_;
  std::vector<Layer> layers_;
};

/// A square window of a convolution or pooling.
Attributes window(std::int64_t kernel, std::int64_t stride, std::int64_t pad = 0, std::int64_t groups = 1);

}  // namespace assay
