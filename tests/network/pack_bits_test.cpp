#include <gtest/gtest.h>

#include <algorithm>

#include "harness/network/load.h"
#include "harness/network/propagate.h"
#include "harness/network/safetensors.h"
#include "harness/network/tensor.h"
#include "tests/network/largest.h"
#include "tests/pack.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

/// Images [N,3,H,W] of a network's reference, in its channel order.
Tensor reference_pixels(const Network& network, const std::map<std::string, Tensor>& reference) {
  const Tensor rgb = reference.at("image_rgb_u8").permute({0, 3, 1, 2});
  return (network.preprocess().bgr ? rgb.flip(1) : rgb).to(at::kFloat).contiguous();
}

class PackSubject : public ::testing::TestWithParam<const char*> {};

Tensor one_hot_at(const Tensor& logits, std::int64_t target) {
  const Tensor seed = at::zeros_like(logits);
  seed.view({-1})[target] = 1;
  return seed;
}

/// In single precision, as the stored ones: activations within rounding of a kink of ReLU or max pooling take
/// the side that the machine's order of additions gives them, and the pixels behind them go with them.
TEST_P(PackSubject, InputGradientsAgreeWithTheReference) {
  ASSAY_NEEDS_PACK();
  const std::string folder = pack() + "/models/" + GetParam();
  const Network network = load_folder(folder);
  const auto reference = read_safetensors(folder + "/reference.safetensors");
  const bool multi_label = std::string(GetParam()) == "voc_deeplab_mnv2";  // winner among 1..20
  for (std::int64_t i = 0; i < 2; ++i) {
    const Tensor logits = reference.at("logits")[i];
    const std::int64_t first = multi_label ? 1 : 0;
    const std::int64_t target = first + logits.slice(0, first).argmax().item<std::int64_t>();
    const Tensor pixels = reference_pixels(network, reference).narrow(0, i, 1);
    const std::vector<Tensor> activations = network.activations(network.normalise(pixels));
    const Tensor seed = one_hot_at(activations.back(), target);
    const Tensor found =
        propagate(network, activations, seed, Rules{}, network.output(), 0).reshape({-1}).to(at::kDouble);
    const Tensor expected = reference.at("grad_top_logit")[i].reshape({-1}).to(at::kDouble);
    EXPECT_GE((found.dot(expected) / (found.norm() * expected.norm())).item<double>(), 0.9999) << i;
    const Tensor error = (found - expected).abs() / largest(expected);
    const double share_beyond = (error > 1e-3).to(at::kDouble).mean().item<double>();
    EXPECT_LE(share_beyond, 0.03) << i << ": " << largest(error);
    EXPECT_LT(largest(error), 5e-2) << i;
  }
}

/// The contract behind full batches: bits of one image depend neither on its place nor on its neighbours.
TEST_P(PackSubject, OneImageHasTheSameBitsAnywhereInABatch) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(pack() + "/models/" + GetParam());
  const Preprocess& p = network.preprocess();
  const std::int64_t size = 8;
  const auto forward = [&](const Tensor& pixels) { return network.forward(network.normalise(pixels)); };
  const Tensor image = (normal({3, p.height, p.width}, 60) * 60 + 120).clamp(0, 255);
  Tensor crowd = (normal({size, 3, p.height, p.width}, 61) * 60 + 120).clamp(0, 255);
  for (const std::int64_t place : {0, 3, 7}) crowd[place].copy_(image);
  const Tensor among_others = forward(crowd);
  Tensor lonely = at::zeros_like(crowd);
  lonely[5].copy_(image);
  const Tensor expected = forward(lonely)[5];
  for (const std::int64_t place : {0, 3, 7}) EXPECT_TRUE(at::equal(among_others[place], expected)) << place;
}

INSTANTIATE_TEST_SUITE_P(All, PackSubject,
                         ::testing::Values("googlenet_bvlc", "mobilenet_v2_1.0_224_int8", "resnet20_cifar10",
                                           "resnet50_tf_uint8", "squeezenet_bn_places365",
                                           "squeezenet_v1.0_deepcompressed", "squeezenet_v1.1",
                                           "tiny_darknet", "voc_deeplab_mnv2"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace assay::test
