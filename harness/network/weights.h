#pragma once

#include <map>
#include <string>

#include "harness/network/shapes.h"

namespace assay {

/// The tensors of one safetensors file as float32 parameters. Every error names file, tensor and, where
/// shapes differ, both of them.
class Weights {
 public:
  explicit Weights(std::string file);

  bool contains(const std::string& tensor) const { return tensors_.contains(tensor); }
  /// F16 is widened, U8 and I8 become (q - zero_point) * scale with the companions `TENSOR.zero_point` and
  /// `TENSOR.scale` (one value, or one for each output channel). -1 in `needed` fits any size. `user` is the
  /// layer that asks.
  Tensor get(const std::string& tensor, const Shape& needed, const std::string& user) const;

 private:
  const Tensor& stored(const std::string& tensor, const std::string& user) const;
  Tensor companion(const std::string& tensor, const Tensor& quantised, const std::string& user) const;
  Tensor widened(const std::string& tensor, const std::string& user) const;
  std::string place(const std::string& tensor) const;

  std::string file_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace assay
