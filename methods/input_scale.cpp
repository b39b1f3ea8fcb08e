#include "methods/input_scale.h"

#include <array>

namespace assay {
namespace {

Tensor channel_values(const std::array<double, 3>& values) {
  return at::tensor(at::ArrayRef<double>(values.data(), values.size()), at::kDouble).view({3, 1, 1});
}

}  // namespace

InputScale::InputScale(const Network& network)
    : pre_scale_(network.preprocess().pre_scale),
      mean_(network.preprocess().mean_image.defined()
                ? network.preprocess().mean_image.to(at::kCPU, at::kDouble)
                : channel_values(network.preprocess().mean)),
      deviation_(channel_values(network.preprocess().std)),
      device_(network.device()) {}

Tensor InputScale::normalised(const Tensor& pixels, std::int64_t top, std::int64_t left) const {
  const bool by_pixel = mean_.size(1) > 1 || mean_.size(2) > 1;
  const Tensor mean =
      by_pixel ? mean_.narrow(1, top, pixels.size(-2)).narrow(2, left, pixels.size(-1)) : mean_;
  return ((pixels * pre_scale_ - mean) / deviation_).to(at::kFloat).to(device_);
}

}  // namespace assay
