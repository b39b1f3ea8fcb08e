#pragma once

#include <cstdint>
#include <vector>

#include "harness/network/tensor.h"

namespace assay {

/// Linear imputation (Rong et al. 2022): every removed pixel is the weighted mean of its neighbours in the
/// image, removed or not; neighbours that share an edge weigh 1/6, those that share a corner 1/12. That is
/// one sparse symmetric system for all removed pixels, solved by conjugate gradients in double until the
/// residual is 1e-8 of the right-hand side. What was found for one set of pixels is the start for the next:
/// sets that grow are quick. An answer depends, beyond that accuracy, on the sets before it.
class Imputer {
 public:
  /// `image` [C,H,W], any type and device.
  explicit Imputer(const Tensor& image);
  /// float32 [C,H,W] on the CPU. `removed`: bool [H,W] on the CPU, not all of it.
  Tensor impute(const Tensor& removed);

 private:
  using Field = std::vector<double>;  // [H+2,W+2]: a frame of zeros around the pixels

  /// Writes what the system's matrix makes of `x`, which is 0 where nothing is removed.
  void multiply(const Field& x, Field& out) const;
  void solve(const Field& right, Field& x) const;
  double neighbours(const Field& x, std::int64_t at) const;

  std::int64_t channels_, height_, width_, stride_;
  std::vector<Field> image_, found_;  // by channel
  Field diagonal_;                    // sum of the weights of a pixel's neighbours
  Field removed_;                     // 1 where a pixel is
};

}  // namespace assay
