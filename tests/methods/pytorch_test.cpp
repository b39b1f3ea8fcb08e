#include "tests/pytorch.h"

#include <gtest/gtest.h>

#include <map>

#include "harness/network/load.h"
#include "harness/network/safetensors.h"
#include "tests/methods/expect.h"
#include "tests/temporary_folder.h"

namespace assay::test {
namespace {

/// What a network of trace_explanations.py is to explain, and what PyTorch found.
struct Traced {
  explicit Traced(const std::string& stem)
      : network(load_torchscript(stem + ".pt")),
        reference(read_safetensors(stem + ".safetensors")),
        subject(network, reference.at("pixels"), {"noise"}, 3, {.batch = 4}) {
    const Tensor targets = reference.at("targets");
    for (std::int64_t q = 0; q < targets.numel(); ++q)
      queries.push_back({0, targets[q].item<std::int64_t>()});
  }

  Network network;
  std::map<std::string, Tensor> reference;
  Subject subject;
  std::vector<Query> queries;
};

/// Raw attributions, each class for itself, and a reference in which the classes differ. Returns them.
Tensor expect_explained(Traced& traced, const std::string& name, const Json& settings,
                        const std::string& expected_name, double tolerance) {
  const std::string what = name + " of " + traced.network.name();
  const Tensor expected = traced.reference.at(expected_name);
  EXPECT_GT(largest(expected[0] - expected[1]), 0.02 * largest(expected)) << what;
  const Tensor raw = make(name, settings)->attribute(traced.subject, traced.queries).raw;
  for (std::int64_t q = 0; q < expected.size(0); ++q) expect_equal_maps(raw[q], expected[q], tolerance, what);
  return raw;
}

/// Steps and epsilon are those of trace_explanations.py. Integrated gradients are walked in float32, where
/// rounding decides for a few rectifiers and pooling windows on the way.
void expect_explained_like_pytorch(const std::string& name, const std::string& map_layer) {
  const TemporaryFolder folder;
  ASSAY_NEEDS_PYTORCH(written_by_pytorch("trace_explanations.py", folder.path(), name));
  Traced traced(folder / name);
  ASSERT_TRUE(at::equal(input_of(traced.subject, 0).to(at::kDouble), traced.reference.at("input")));
  expect_equal_maps(traced.subject.logits(), traced.reference.at("logits"), 1e-4, "logits of " + name);

  expect_explained(traced, "guided-backprop", Json::object(), "guided_backprop", 1e-9);
  expect_explained(traced, "deconvolution", Json::object(), "deconvolution", 1e-9);
  expect_explained(traced, "grad-cam", {{"layer", map_layer}}, "grad_cam", 1e-9);
  expect_explained(traced, "lrp", {{"rules", "epsilon"}, {"epsilon", 0.05}}, "lrp_epsilon", 1e-9);
  const Tensor integral = expect_explained(
      traced, "integrated-gradients", {{"steps", 16}, {"rule", "midpoint"}}, "integrated_gradients", 1e-2);
  EXPECT_GE(cosine_of(integral, traced.reference.at("integrated_gradients")), 0.9999) << name;
}

TEST(PyTorchExplanations, SqueezeNet) {
  expect_explained_like_pytorch("squeezenet1_1", "features.12.cat");
}

TEST(PyTorchExplanations, ResNet18) {
  expect_explained_like_pytorch("resnet18", "layer3.1.relu_1");
}

TEST(PyTorchExplanations, Vgg11AtItsLastMap) {
  expect_explained_like_pytorch("vgg11", "");
}

}  // namespace
}  // namespace assay::test
