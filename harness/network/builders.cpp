#include <fmt/format.h>

#include "harness/core/error.h"
#include "harness/core/params.h"
#include "harness/network/caffenet.h"
#include "harness/network/load.h"

namespace assay {
namespace {

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

Network caffenet(std::uint64_t seed) {
  LayerBuilder b(seed);
  caffenet_trunk(b, {});
  b.linear("fc8", 4096, 1000);
  return Network("caffenet", b.finish(), caffe_preprocess(227), {});
}

/// Simonyan 2015, configuration D, with Caffe's names and preprocessing.
Network vgg16(std::uint64_t seed) {
  LayerBuilder b(seed);
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
  b.fully_connected("6", 512 * 7 * 7, 4096);
  b.fully_connected("7", 4096, 4096);
  b.linear("fc8", 4096, 1000);
  return Network("vgg16", b.finish(), caffe_preprocess(224), {});
}

struct Bottleneck {
  std::string name;
  std::int64_t in, width, stride;
};

/// He 2016 with the stride in the 3x3 convolution (torchvision's "v1.5"), and torchvision's parameter names.
void bottleneck(LayerBuilder& b, const Bottleneck& block) {
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
  LayerBuilder b(seed);
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

/// Answers at once: one product of 192 pixels with two classes.
Network null_network(std::uint64_t seed) {
  LayerBuilder b(seed);
  b.linear("classes", 3 * 8 * 8, 2);
  Preprocess preprocess;
  preprocess.height = preprocess.width = 8;
  preprocess.pre_scale = 1 / 255.0;
  return Network("null", b.finish(), preprocess, {});
}

}  // namespace

const std::vector<std::string>& builtin_networks() {
  static const std::vector<std::string> names{"caffenet", "vgg16", "resnet50", "null"};
  return names;
}

Network build_network(std::string_view name, std::uint64_t seed) {
  if (name == "caffenet") return caffenet(seed);
  if (name == "vgg16") return vgg16(seed);
  if (name == "resnet50") return resnet50(seed);
  if (name == "null") return null_network(seed);
  throw ConfigError(
      fmt::format("unknown built-in network '{}'; known: {}", name, nearest_names(name, builtin_networks())));
}

}  // namespace assay
