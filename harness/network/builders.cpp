#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <cmath>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/network/load.h"

namespace assay {
namespace {

/// Writes layers one behind the other. Weights are normal with variance 2 / fan_in (He 2015), biases 0, batch
/// norms the identity, all drawn from one seeded generator in the order of the layers.
class Builder {
 public:
  explicit Builder(std::uint64_t seed) : generator_(at::make_generator<at::CPUGeneratorImpl>(seed)) {
    push(Kind::input, "input", {}, {});
  }

  int last() const { return static_cast<int>(layers_.size()) - 1; }
  std::vector<Layer> finish() { return std::move(layers_); }

  /// A layer without parameters behind `inputs` (behind the last layer when there are none).
  int add(Kind kind, std::string name, Attributes attributes = {}, std::vector<int> inputs = {}) {
    if (inputs.empty()) inputs = {last()};
    return push(kind, std::move(name), std::move(attributes), std::move(inputs));
  }

  int conv(const std::string& name, std::int64_t in, std::int64_t out, Attributes attributes, bool bias,
           int input) {
    const auto [height, width] = attributes.kernel;
    const int index = push(Kind::conv, name, attributes, {input});
    draw(name, {out, in / attributes.groups, height, width}, bias);
    return index;
  }

  int linear(const std::string& name, std::int64_t in, std::int64_t out) {
    const int index = push(Kind::linear, name, {}, {last()});
    draw(name, {out, in}, /*bias=*/true);
    return index;
  }

  int batch_norm(const std::string& name, std::int64_t channels) {
    Attributes attributes;
    attributes.epsilon = 1e-5;
    const int index = push(Kind::batch_norm, name, attributes, {last()});
    layers_.back().parameters = {{name + ".weight", at::ones({channels})},
                                 {name + ".bias", at::zeros({channels})},
                                 {name + ".running_mean", at::zeros({channels})},
                                 {name + ".running_var", at::ones({channels})}};
    return index;
  }

 private:
  int push(Kind kind, std::string name, Attributes attributes, std::vector<int> inputs) {
    Layer layer;
    layer.kind = kind;
    layer.name = std::move(name);
    layer.attributes = attributes;
    layer.inputs = std::move(inputs);
    layers_.push_back(std::move(layer));
    return last();
  }

  void draw(const std::string& name, const std::vector<std::int64_t>& shape, bool bias) {
    Tensor weight = at::empty(shape);
    const double fan_in = static_cast<double>(weight.numel() / shape[0]);
    weight.normal_(0, std::sqrt(2 / fan_in), generator_);
    layers_.back().parameters = {{name + ".weight", weight}};
    if (bias) layers_.back().parameters.push_back({name + ".bias", at::zeros({shape[0]})});
  }

  at::Generator generator_;
  std::vector<Layer> layers_;
};

Attributes window(std::int64_t kernel, std::int64_t stride, std::int64_t pad = 0, std::int64_t groups = 1) {
  Attributes a;
  a.kernel = {kernel, kernel};
  a.stride = {stride, stride};
  a.pad = {pad, pad, pad, pad};
  a.groups = groups;
  return a;
}

Preprocess caffe_preprocess(std::int64_t size) {
  Preprocess p;
  p.height = p.width = size;
  p.bgr = true;
  p.mean = {104, 117, 123};
  p.resize = Preprocess::Resize::warp;
  p.resize_size = 256;
  p.crop = Preprocess::Crop::center;
  return p;
}

Preprocess torchvision_preprocess() {
  Preprocess p;
  p.height = p.width = 224;
  p.pre_scale = 1 / 255.0;
  p.mean = {0.485, 0.456, 0.406};
  p.std = {0.229, 0.224, 0.225};
  p.resize = Preprocess::Resize::short_side;
  p.resize_size = 256;
  p.crop = Preprocess::Crop::center;
  return p;
}

void caffe_pool(Builder& b, const std::string& name) {
  Attributes a = window(3, 2);
  a.ceil_mode = true;
  b.add(Kind::max_pool, name, a);
}

void fully_connected(Builder& b, const std::string& number, std::int64_t in) {
  b.linear("fc" + number, in, 4096);
  b.add(Kind::relu, "relu" + number);
  b.add(Kind::dropout, "drop" + number);
}

/// Krizhevsky 2012 as the BVLC reference CaffeNet: pooling before normalisation.
Network caffenet(std::uint64_t seed) {
  Builder b(seed);
  const auto conv = [&](const std::string& number, std::int64_t in, std::int64_t out, const Attributes& a) {
    b.conv("conv" + number, in, out, a, /*bias=*/true, b.last());
    b.add(Kind::relu, "relu" + number);
  };
  conv("1", 3, 96, window(11, 4));
  caffe_pool(b, "pool1");
  b.add(Kind::lrn, "norm1");
  conv("2", 96, 256, window(5, 1, 2, 2));
  caffe_pool(b, "pool2");
  b.add(Kind::lrn, "norm2");
  conv("3", 256, 384, window(3, 1, 1));
  conv("4", 384, 384, window(3, 1, 1, 2));
  conv("5", 384, 256, window(3, 1, 1, 2));
  caffe_pool(b, "pool5");
  fully_connected(b, "6", 256 * 6 * 6);
  fully_connected(b, "7", 4096);
  b.linear("fc8", 4096, 1000);
  return Network("caffenet", b.finish(), caffe_preprocess(227), {});
}

/// Simonyan 2015, configuration D, with Caffe's names and preprocessing.
Network vgg16(std::uint64_t seed) {
  Builder b(seed);
  std::int64_t in = 3;
  constexpr std::array<std::pair<int, int>, 5> kBlocks{{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};
  for (int block = 1; const auto& [count, channels] : kBlocks) {
    for (int i = 1; i <= count; ++i) {
      b.conv(fmt::format("conv{}_{}", block, i), in, channels, window(3, 1, 1), /*bias=*/true, b.last());
      b.add(Kind::relu, fmt::format("relu{}_{}", block, i));
      in = channels;
    }
    b.add(Kind::max_pool, fmt::format("pool{}", block++), window(2, 2));
  }
  fully_connected(b, "6", 512 * 7 * 7);
  fully_connected(b, "7", 4096);
  b.linear("fc8", 4096, 1000);
  return Network("vgg16", b.finish(), caffe_preprocess(224), {});
}

struct Bottleneck {
  std::string name;
  std::int64_t in, width, stride;
};

/// He 2016 with the stride in the 3x3 convolution (torchvision's "v1.5"), and torchvision's parameter names.
void bottleneck(Builder& b, const Bottleneck& block) {
  const auto [name, in, width, stride] = block;
  const std::int64_t out = 4 * width;
  const int begin = b.last();
  b.conv(name + ".conv1", in, width, window(1, 1), /*bias=*/false, begin);
  b.batch_norm(name + ".bn1", width);
  b.add(Kind::relu, name + ".relu1");
  b.conv(name + ".conv2", width, width, window(3, stride, 1), /*bias=*/false, b.last());
  b.batch_norm(name + ".bn2", width);
  b.add(Kind::relu, name + ".relu2");
  b.conv(name + ".conv3", width, out, window(1, 1), /*bias=*/false, b.last());
  const int main = b.batch_norm(name + ".bn3", out);
  int shortcut = begin;
  if (in != out) {
    b.conv(name + ".downsample.0", in, out, window(1, stride), /*bias=*/false, begin);
    shortcut = b.batch_norm(name + ".downsample.1", out);
  }
  b.add(Kind::add, name + ".add", {}, {main, shortcut});
  b.add(Kind::relu, name + ".relu3");
}

Network resnet50(std::uint64_t seed) {
  Builder b(seed);
  b.conv("conv1", 3, 64, window(7, 2, 3), /*bias=*/false, b.last());
  b.batch_norm("bn1", 64);
  b.add(Kind::relu, "relu");
  b.add(Kind::max_pool, "maxpool", window(3, 2, 1));
  std::int64_t in = 64;
  constexpr std::array<std::int64_t, 4> kDepths{3, 4, 6, 3};
  for (std::size_t stage = 0; stage < kDepths.size(); ++stage) {
    const std::int64_t width = 64 << stage;
    for (std::int64_t i = 0; i < kDepths[stage]; ++i) {
      bottleneck(b, {fmt::format("layer{}.{}", stage + 1, i), in, width, stage > 0 && i == 0 ? 2 : 1});
      in = 4 * width;
    }
  }
  b.add(Kind::global_avg_pool, "avgpool");
  b.linear("fc", in, 1000);
  return Network("resnet50", b.finish(), torchvision_preprocess(), {});
}

}  // namespace

const std::vector<std::string>& builtin_networks() {
  static const std::vector<std::string> names{"caffenet", "vgg16", "resnet50"};
  return names;
}

Network build_network(std::string_view name, std::uint64_t seed) {
  if (name == "caffenet") return caffenet(seed);
  if (name == "vgg16") return vgg16(seed);
  if (name == "resnet50") return resnet50(seed);
  throw ConfigError(
      fmt::format("unknown built-in network '{}'; known: {}", name, nearest_names(name, builtin_networks())));
}

}  // namespace assay
