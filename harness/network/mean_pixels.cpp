#include "harness/network/mean_pixels.h"

#include "harness/network/tensor.h"

namespace assay {

Tensor mean_pixels(const Subject& subject) {
  const Preprocess& p = subject.network().preprocess();
  const Tensor mean =
      p.mean_image.defined()
          ? p.mean_image.unsqueeze(0).to(at::kDouble)
          : at::tensor(at::ArrayRef<double>(p.mean.data(), p.mean.size()), at::kDouble).view({1, 3, 1, 1});
  return (mean / p.pre_scale).to(subject.pixels().options());
}

}  // namespace assay
