#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "harness/network/network.h"

namespace assay {

/// A convolution by oneDNN on the CPU, float32: the weights lie packed as this processor likes them, the
/// activation behind is applied while the output is written. Rounds otherwise than LibTorch's, by a few units
/// in the last place; an output has the same bits wherever its image stands in a batch. A NaN that arises on
/// the way becomes 0 in a ReLU. Safe to use from several threads.
class PackedConvolution {
 public:
  /// Null where there is no quick form: another type or device, weights that are not finite, channels that do
  /// not fill blocks, or a build without oneDNN. `then`: relu, relu6, leaky_relu, or null.
  static std::shared_ptr<const PackedConvolution> of(const Layer& conv, const Layer* then);
  ~PackedConvolution();

  /// [N,I,H,W] or blocked -> blocked (blocked.h). Stride, dilation and groups are those of the layer; the
  /// padding is the caller's.
  Tensor run(const Tensor& x, const std::array<std::int64_t, 4>& pad) const;

 private:
  struct Primitive;
  using Key = std::array<std::int64_t, 7>;  // images, rows, columns, padding
  PackedConvolution(const Layer& conv, const Layer* then, std::int64_t block);
  std::shared_ptr<const Primitive> primitive(const Key& key) const;

  Layer conv_;
  Attributes then_;  // slope
  Kind then_kind_ = Kind::dropout;
  std::int64_t block_;
  bool reads_blocks_;
  mutable std::mutex mutex_;
  mutable std::map<Key, std::shared_ptr<const Primitive>> primitives_;
};

/// oneDNN's block on this processor: 16 channels with AVX-512, else 8; 0 without oneDNN.
std::int64_t convolution_block();

}  // namespace assay
