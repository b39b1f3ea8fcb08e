#include "harness/network/convolution.h"

#include "harness/network/tensor.h"

namespace assay {
namespace {

/// What the library pads by itself, the same on opposite sides; else zeros have to be put around the input.
struct Padding {
  bool even;
  std::array<std::int64_t, 2> of_library{0, 0};    // rows, columns
  std::array<std::int64_t, 4> around{0, 0, 0, 0};  // left, right, top, bottom
};

Padding padding_of(const Layer& layer) {
  const auto [top, left, bottom, right] = layer.attributes.pad;
  if (top == bottom && left == right) return {.even = true, .of_library = {top, left}};
  return {.even = false, .around = {left, right, top, bottom}};
}

Tensor padded(const Tensor& input, const Padding& padding) {
  return padding.even ? input : at::constant_pad_nd(input, padding.around);
}

Tensor without_padding(const Tensor& x, const Padding& padding) {
  if (padding.even) return x;
  const auto [left, right, top, bottom] = padding.around;
  return x.slice(2, top, x.size(2) - bottom).slice(3, left, x.size(3) - right);
}

}  // namespace

Tensor convolve(const Layer& layer, const Tensor& input) {
  const Attributes& a = layer.attributes;
  const Padding padding = padding_of(layer);
  return at::conv2d(padded(input, padding), layer.weight(), layer.bias(), a.stride, padding.of_library,
                    a.dilation, a.groups);
}

Tensor convolve_back(const Layer& layer, const Tensor& input, const Tensor& relevance) {
  const Attributes& a = layer.attributes;
  const Padding padding = padding_of(layer);
  const auto [slope, of_weight, of_bias] = at::convolution_backward(
      relevance, padded(input, padding), layer.weight(), /*bias_sizes=*/c10::nullopt, a.stride,
      padding.of_library, a.dilation, /*transposed=*/false, /*output_padding=*/{0, 0}, a.groups,
      /*output_mask=*/{true, false, false});
  return without_padding(slope, padding);
}

}  // namespace assay
