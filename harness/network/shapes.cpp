#include "harness/network/shapes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "harness/core/error.h"
#include "harness/network/layer_check.h"
#include "harness/network/pooling.h"

namespace assay {
namespace {

using InputShapes = std::span<const Shape>;

std::string text(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

const Shape& map(const Layer& layer, const Shape& shape) {
  if (shape.size() != 3) fail_layer(layer, fmt::format("needs an input [C,H,W], gets {}", text(shape)));
  return shape;
}

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Shape windowed(const Layer& layer, const Shape& in, std::int64_t channels) {
  const Attributes& a = layer.attributes;
  Shape out = {channels, 0, 0};
  for (int side = 0; side < 2; ++side) {
    out[1 + side] = pooled_size(in[1 + side], a.kernel[side], a.stride[side], a.pad[side], a.pad[side + 2],
                                a.dilation[side], a.ceil_mode);
    if (out[1 + side] < 1)
      fail_layer(layer, fmt::format("the {}x{} window is larger than its input {}", a.kernel[0], a.kernel[1],
                                    text(in)));
  }
  return out;
}

Shape conv(const Layer& layer, const Shape& in) {
  const std::int64_t channels = layer.weight().size(0), groups = layer.attributes.groups;
  if (channels % groups != 0)
    fail_layer(layer, fmt::format("{} outputs do not divide into {} groups", channels, groups));
  return windowed(layer, in, channels);
}

Shape concat(const Layer& layer, InputShapes inputs) {
  Shape out = inputs[0];
  for (const Shape& next : inputs.subspan(1)) {
    if (next.size() != out.size() || !std::equal(next.begin() + 1, next.end(), out.begin() + 1))
      fail_layer(layer, fmt::format("cannot join {} and {}", text(out), text(next)));
    out[0] += next[0];
  }
  return out;
}

Shape add(const Layer& layer, InputShapes inputs) {
  for (const Shape& next : inputs.subspan(1))
    if (next != inputs[0])
      fail_layer(layer, fmt::format("cannot add {} and {}", text(inputs[0]), text(next)));
  return inputs[0];
}

Shape broadcast_like(const Layer& layer, InputShapes inputs) {
  const Shape& in = map(layer, inputs[0]);
  if (in[1] != 1 || in[2] != 1)
    fail_layer(layer, fmt::format("needs a first input [C,1,1], gets {}", text(in)));
  const Shape& like = map(layer, inputs[1]);
  return {in[0], like[1], like[2]};
}

Shape pad_channels(const Layer& layer, const Shape& in) {
  const Attributes& a = layer.attributes;
  return {map(layer, in)[0] + a.before + a.after, (in[1] + 1) / 2, (in[2] + 1) / 2};
}

Shape opaque(const Layer& layer, InputShapes inputs) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> zeros;
  for (Shape shape : inputs) {
    shape.insert(shape.begin(), 1);
    zeros.push_back(at::zeros(shape));
  }
  return layer.opaque->run(zeros).sizes().slice(1).vec();
}

}  // namespace

Shape output_shape(const Layer& layer, InputShapes inputs) {
  switch (layer.kind) {
    case Kind::conv:
      return conv(layer, map(layer, inputs[0]));
    case Kind::linear:
      return {layer.weight().size(0)};
    case Kind::max_pool:
    case Kind::avg_pool:
      return windowed(layer, map(layer, inputs[0]), inputs[0][0]);
    case Kind::global_avg_pool:
    case Kind::global_max_pool:
      return {map(layer, inputs[0])[0], 1, 1};
    case Kind::concat:
      return concat(layer, inputs);
    case Kind::add:
      return add(layer, inputs);
    case Kind::flatten:
      return {elements(inputs[0])};
    case Kind::broadcast_like:
      return broadcast_like(layer, inputs);
    case Kind::pad_channels:
      return pad_channels(layer, inputs[0]);
    case Kind::opaque:
      return opaque(layer, inputs);
    default:
      return inputs[0];
  }
}

std::vector<Shape> output_shapes(const Network& network) {
  const Preprocess& p = network.preprocess();
  std::vector<Shape> shapes{{3, p.height, p.width}};
  for (const Layer& layer : network.layers().subspan(1)) {
    std::vector<Shape> inputs;
    for (const int input : layer.inputs) inputs.push_back(shapes[input]);
    shapes.push_back(output_shape(layer, inputs));
  }
  return shapes;
}

std::vector<Shape> parameter_shapes(const Layer& layer, InputShapes inputs) {
  const Attributes& a = layer.attributes;
  switch (layer.kind) {
    case Kind::conv:
      if (map(layer, inputs[0])[0] % a.groups != 0)
        fail_layer(layer, fmt::format("{} channels do not divide into {} groups", inputs[0][0], a.groups));
      return {{-1, inputs[0][0] / a.groups, a.kernel[0], a.kernel[1]}, {-1}};
    case Kind::linear:
      return {{-1, elements(inputs[0])}, {-1}};
    case Kind::batch_norm:
      return std::vector<Shape>(4, {inputs[0][0]});
    default:
      return {};
  }
}

}  // namespace assay
