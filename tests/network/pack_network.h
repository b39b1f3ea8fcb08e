#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/network/load.h"
#include "harness/network/safetensors.h"
#include "tests/pack.h"

namespace assay::test {

/// The networks of the data pack.
inline constexpr const char* kPackNetworks[] = {"googlenet_bvlc",
                                                "resnet50_tf_uint8",
                                                "mobilenet_v2_1.0_224_int8",
                                                "squeezenet_v1.1",
                                                "squeezenet_v1.0_deepcompressed",
                                                "tiny_darknet",
                                                "squeezenet_bn_places365",
                                                "voc_deeplab_mnv2",
                                                "resnet20_cifar10"};

/// What a test of such a network is called: without dots.
inline std::string name_of_pack_test(const testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '.', '_');
  return name;
}

/// A network of the pack, and what an independent implementation stored of a few images.
struct PackReference {
  explicit PackReference(const std::string& name)
      : network(load_network(pack() + "/models/" + name)), first_class(name == "voc_deeplab_mnv2" ? 1 : 0) {
    const auto stored = read_safetensors(pack() + "/models/" + name + "/reference.safetensors");
    const Tensor rgb = stored.at("image_rgb_u8").permute({0, 3, 1, 2});
    input = network.normalise(network.preprocess().bgr ? rgb.flip(1) : rgb);
    logits = stored.at("logits");
    gradient = stored.at("grad_top_logit").to(at::kFloat);
  }

  /// The class whose logit `gradient` is of; `of` [N,K] logits -> [N,1].
  Tensor winner(const Tensor& of) const {
    return of.slice(1, first_class).argmax(1, /*keepdim=*/true) + first_class;
  }

  Network network;
  Tensor input;              // [N,3,H,W]
  Tensor logits;             // [N,K]
  Tensor gradient;           // [N,3,H,W]: of the winner's logit with respect to the input; stored as F16
  std::int64_t first_class;  // that may win: 1 where class 0 is the background
};

}  // namespace assay::test
