#include "harness/network/tensor.h"

#include <torch/csrc/autograd/autograd.h>

#include <filesystem>

#include "harness/network/load.h"
#include "harness/network/safetensors.h"
#include "tests/pack.h"

namespace assay {
namespace {

/// The images of reference.safetensors as the network's input.
Tensor reference_input(const Network& network, const Tensor& image_rgb_u8) {
  const Tensor pixels = image_rgb_u8.permute({0, 3, 1, 2});
  return network.normalise(network.preprocess().bgr ? pixels.flip(1) : pixels);
}

/// The same walk as Network::forward, with gradients recorded.
Tensor recorded_forward(const Network& network, const Tensor& input) {
  std::vector<Tensor> values{input};
  for (const Layer& layer : network.layers().subspan(1)) {
    std::vector<Tensor> inputs;
    for (const int index : layer.inputs) inputs.push_back(values[index]);
    values.push_back(Network::run(layer, inputs));
  }
  return values.back();
}

class PackNetwork : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSAY_NEEDS_PACK();
    folder_ = test::pack() + "/models/" + GetParam();
    reference_ = read_safetensors(folder_ + "/reference.safetensors");
  }
  std::string folder_;
  std::map<std::string, Tensor> reference_;
};

TEST_P(PackNetwork, LogitsAgreeWithTheReference) {
  const Network network = load_network(folder_);
  const Tensor logits = network.forward(reference_input(network, reference_["image_rgb_u8"]));
  const Tensor& expected = reference_["logits"];
  ASSERT_EQ(logits.sizes(), expected.sizes());
  EXPECT_EQ(network.outputs(), expected.size(1));
  const double error = ((logits - expected).abs().max() / expected.abs().max()).item<double>();
  RecordProperty("relative_error", std::to_string(error));
  EXPECT_LT(error, 1e-4);
}

TEST_P(PackNetwork, InputGradientsAgreeWithTheReference) {
  const Network network = load_network(folder_);
  const Tensor input = reference_input(network, reference_["image_rgb_u8"]).set_requires_grad(true);
  const Tensor logits = recorded_forward(network, input);
  const std::int64_t background = std::string_view(GetParam()) == "voc_deeplab_mnv2" ? 1 : 0;  // argmax over 1..20
  const Tensor winner = logits.narrow(1, background, logits.size(1) - background).argmax(1, true) + background;
  const Tensor gradient = torch::autograd::grad({logits.gather(1, winner).sum()}, {input})[0];
  const Tensor expected = reference_["grad_top_logit"].to(at::kFloat);
  EXPECT_LT(((gradient - expected).abs().max() / expected.abs().max()).item<double>(), 1e-3);
  const double cosine = at::cosine_similarity(gradient.flatten(1), expected.flatten(1)).min().item<double>();
  EXPECT_GE(cosine, 0.9999);
}

INSTANTIATE_TEST_SUITE_P(All, PackNetwork,
                         testing::Values("googlenet_bvlc", "resnet50_tf_uint8", "mobilenet_v2_1.0_224_int8",
                                         "squeezenet_v1.1", "squeezenet_v1.0_deepcompressed", "tiny_darknet",
                                         "squeezenet_bn_places365", "voc_deeplab_mnv2", "resnet20_cifar10"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

}  // namespace
}  // namespace assay
