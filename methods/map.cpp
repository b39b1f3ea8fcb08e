#include "methods/map.h"

#include "harness/network/tensor.h"

namespace assay {

Tensor map_of(const View& view, const Tensor& raw, const Subject& subject) {
  const Preprocess& input = subject.network().preprocess();
  return apply_view(view, raw, input.height, input.width).to(subject.pixels().device());
}

}  // namespace assay
