#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/propagate.h"
#include "harness/network/safetensors.h"
#include "harness/network/tensor.h"
#include "tests/network/largest.h"
#include "tests/pytorch.h"
namespace assay::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::MatchesRegex;

double cosine(const Tensor& a, const Tensor& b) {
  const Tensor x = a.flatten().to(at::kDouble), y = b.flatten().to(at::kDouble);
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

/// A folder with files that PyTorch wrote, gone after the test.
class TorchScript : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "assay-torchscript-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// False, and the test is to be skipped, where there is no torch for Python.
  bool write(const std::string& names) {
    return written_by_pytorch("trace_networks.py", folder_.string(), names);
  }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  Network load(const std::string& name) const { return load_torchscript(file(name + ".pt")); }
  void expect_like_pytorch(const Network& network) const;
  std::string error_of(const std::string& name) const {
    try {
      load_torchscript(file(name));
    } catch (const DataError& error) {
      return std::string(error.what()).substr(folder_.string().size() + 1);
    }
    return "no error";
  }

  fs::path folder_;
};

/// Logits to 1e-4 of the largest in single precision; gradients, walked layer by layer in double precision as
/// in the reference (rounding would switch rectifiers), to 1e-3 and a cosine of 0.9999.
void TorchScript::expect_like_pytorch(const Network& network) const {
  auto reference = read_safetensors(file(network.name() + ".safetensors"));
  const Tensor input = reference.at("input"), logits = reference.at("logits"),
               gradient = reference.at("gradient");
  ASSERT_GT(largest(logits[0] - logits[1]), 1e-2 * largest(logits))
      << "the images look alike to this network";
  EXPECT_LE(largest(network.forward(input.to(at::kFloat)) - logits), 1e-4 * largest(logits));

  const Network exact = network.to(at::kDouble);
  const std::vector<Tensor> activations = exact.activations(input);
  EXPECT_LE(largest(activations.back() - logits), 1e-9 * largest(logits));
  const Tensor seed = at::zeros_like(logits).scatter_(1, logits.argmax(1, true), 1);
  const Tensor found = propagate(exact, activations, seed, Rules{}, exact.output(), 0);
  ASSERT_GT(largest(gradient), 0);
  EXPECT_LE(largest(found - gradient), 1e-3 * largest(gradient));
  EXPECT_GE(cosine(found, gradient), 0.9999);
}

std::map<std::string, int> kinds_of(const Network& network) {
  std::map<std::string, int> count;
  for (const Layer& layer : network.layers())
    ++count[layer.opaque ? layer.opaque->name() : std::string(name_of(layer.kind))];
  return count;
}

std::set<std::string> parameter_names(const Network& network) {
  std::set<std::string> names;
  for (const Layer& layer : network.layers())
    for (const Parameter& parameter : layer.parameters) names.insert(parameter.name);
  return names;
}

#define WRITE_OR_SKIP(names) ASSAY_NEEDS_PYTORCH(write(names))

using Kinds = std::map<std::string, int>;

TEST_F(TorchScript, AlexNet) {
  WRITE_OR_SKIP("alexnet");
  const Network network = load("alexnet");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 5},
                                      {"relu", 7},
                                      {"max_pool", 3},
                                      {"flatten", 1},
                                      {"dropout", 2},
                                      {"linear", 3}}));
}

TEST_F(TorchScript, Vgg16) {
  WRITE_OR_SKIP("vgg16");
  const Network network = load("vgg16");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 13},
                                      {"relu", 15},
                                      {"max_pool", 5},
                                      {"flatten", 1},
                                      {"dropout", 2},
                                      {"linear", 3}}));
}

TEST_F(TorchScript, GoogLeNet) {
  WRITE_OR_SKIP("googlenet");
  const Network network = load("googlenet");
  expect_like_pytorch(network);
  const Kinds kinds = kinds_of(network);
  EXPECT_EQ(kinds.at("conv"), 57);
  EXPECT_EQ(kinds.at("batch_norm"), 57);
  EXPECT_EQ(kinds.at("concat"), 10);  // nine inception modules and the transformed input
  EXPECT_TRUE(network.contains("inception3a.branch2.0.conv"));
}

TEST_F(TorchScript, ResNet50KeepsItsBatchNormsAndNames) {
  WRITE_OR_SKIP("resnet50");
  const Network network = load("resnet50");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 53},
                                      {"batch_norm", 53},
                                      {"relu", 49},
                                      {"max_pool", 1},
                                      {"add", 16},
                                      {"global_avg_pool", 1},
                                      {"flatten", 1},
                                      {"linear", 1}}));
  const std::set<std::string> names = parameter_names(network);
  EXPECT_EQ(names.size(), 53 + 53 * 4 + 2u);
  for (const char* name : {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer3.5.bn3.bias",
                           "layer4.0.downsample.0.weight", "layer4.0.downsample.1.running_mean", "fc.bias"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_EQ(network.layers()[static_cast<std::size_t>(network.find("layer1.0.conv1"))].parameters[0].name,
            "layer1.0.conv1.weight");
  EXPECT_TRUE(network.contains("layer2.1.relu_2"));
  EXPECT_EQ(network.preprocess().height, 224);
  EXPECT_EQ(network.preprocess().resize_size, 256);
}

TEST_F(TorchScript, DenseNet121) {
  WRITE_OR_SKIP("densenet121");
  const Network network = load("densenet121");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network).at("batch_norm"), 121);
  EXPECT_EQ(kinds_of(network).count("opaque"), 0u);
}

TEST_F(TorchScript, MobileNetV2) {
  WRITE_OR_SKIP("mobilenet_v2");
  const Network network = load("mobilenet_v2");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 52},
                                      {"batch_norm", 52},
                                      {"relu6", 35},
                                      {"add", 10},
                                      {"global_avg_pool", 1},
                                      {"flatten", 1},
                                      {"dropout", 1},
                                      {"linear", 1}}));
}

TEST_F(TorchScript, SqueezeNet) {
  WRITE_OR_SKIP("squeezenet1_1");
  const Network network = load("squeezenet1_1");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 26},
                                      {"relu", 26},
                                      {"max_pool", 3},
                                      {"concat", 8},
                                      {"dropout", 1},
                                      {"global_avg_pool", 1},
                                      {"flatten", 1}}));
}

TEST_F(TorchScript, FoldsTheGuardsOfAScriptedNetwork) {
  WRITE_OR_SKIP("Scripted");
  const Network network = load("Scripted");
  expect_like_pytorch(network);
  std::vector<std::string> names;
  for (const Layer& layer : network.layers()) names.push_back(layer.name);
  EXPECT_THAT(names,
              ElementsAre("input", "blocks.0", "relu", "blocks.1", "relu_1", "blocks.2", "relu_2", "norm",
                          "leaky_relu", "leaky_relu_1", "adaptive_avg_pool2d", "flatten", "drop", "fc"));
}

TEST_F(TorchScript, ReadsThePreprocessingBesideTheFile) {
  WRITE_OR_SKIP("Scripted");
  const Network network = load("Scripted");
  EXPECT_EQ(network.preprocess().height, 16);
  EXPECT_TRUE(network.preprocess().bgr);
  EXPECT_EQ(network.preprocess().mean[2], 3);
  EXPECT_THAT(network.classes(), ElementsAre("class0", "class1", "class2", "class3", "class4"));
}

TEST_F(TorchScript, RunsOperatorsWithoutAKindAsTheyAre) {
  WRITE_OR_SKIP("Opaque");
  const Network network = load("Opaque");
  expect_like_pytorch(network);
  const Kinds kinds = kinds_of(network);
  for (const char* name :
       {"aten::hardswish", "aten::layer_norm", "aten::chunk", "aten::cat", "aten::softmax", "aten::silu"})
    EXPECT_TRUE(kinds.contains(name)) << name;
  EXPECT_EQ(kinds.at("aten::chunk"), 3);

  const Tensor input = read_safetensors(file("Opaque.safetensors")).at("input").to(at::kFloat);
  const Tensor one = network.forward(input.slice(0, 1, 2)),
               seven = network.forward(input.repeat({4, 1, 1, 1}));
  EXPECT_LE(largest(seven[1] - one[0]), 1e-5 * largest(one)) << "an image depends on its batch";
  EXPECT_EQ(seven.size(0), 8);

  const Network exact = network.to(at::kDouble);
  EXPECT_LE(largest(exact.forward(input.to(at::kDouble))[1] - one[0]), 1e-5 * largest(one));
  EXPECT_EQ(exact.forward(input.to(at::kDouble)).scalar_type(), at::kDouble);
}

TEST_F(TorchScript, ConstantsOfOpaqueOperatorsAreInTheHash) {
  WRITE_OR_SKIP("Elu SteeperElu");
  EXPECT_EQ(load("Elu").hash(), load("Elu").hash());
  EXPECT_NE(load("Elu").hash(), load("SteeperElu").hash());
  EXPECT_NE(load("Elu").hash(), load("Elu").to(at::kDouble).hash());
}

TEST_F(TorchScript, WritesInPlaceOperatorsOut) {
  WRITE_OR_SKIP("Aliasing");
  const Network network = load("Aliasing");
  expect_like_pytorch(network);
  const std::vector<Tensor> before = network.activations(at::ones({1, 3, 16, 16}));
  std::vector<Tensor> copies;
  for (const Tensor& value : before) copies.push_back(value.clone());
  network.activations(at::ones({1, 3, 16, 16}));
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].equal(copies[i]));
  const Layer& add = network.layers()[static_cast<std::size_t>(network.find("add"))];
  EXPECT_THAT(add.inputs, ElementsAre(network.find("relu"), network.find("relu")));
}

TEST_F(TorchScript, GivesOperatorsTheirKindOnlyInTheSettingsItHas) {
  WRITE_OR_SKIP("Kinds");
  const Network network = load("Kinds");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 2},
                                      {"leaky_relu", 1},
                                      {"max_pool", 1},
                                      {"batch_norm", 1},
                                      {"avg_pool", 3},
                                      {"add", 2},
                                      {"aten::hardtanh", 1},
                                      {"aten::max_pool2d", 1},
                                      {"aten::_convolution", 1},
                                      {"relu6", 1},
                                      {"aten::sub", 1},
                                      {"global_max_pool", 1},
                                      {"aten::sigmoid", 1},
                                      {"aten::mul", 1},
                                      {"aten::slice", 8},
                                      {"aten::adaptive_avg_pool2d", 1},
                                      {"aten::add", 1},
                                      {"flatten", 1},
                                      {"linear", 1}}));
  const Layer& same = network.layers()[static_cast<std::size_t>(network.find("same"))];
  EXPECT_THAT(same.attributes.pad, ElementsAre(3, 0, 3, 1));
  EXPECT_EQ(same.parameters.size(), 1u);
  EXPECT_THAT(parameter_names(network),
              testing::IsSupersetOf({"same.weight", "grouped.bias", "norm.running_mean", "weight", "bias"}));
}

TEST_F(TorchScript, TakesATraceInTrainingModeAsInUse) {
  WRITE_OR_SKIP("TracedInTraining");
  const Network network = load("TracedInTraining");
  expect_like_pytorch(network);
  EXPECT_EQ(kinds_of(network), (Kinds{{"input", 1},
                                      {"conv", 1},
                                      {"batch_norm", 1},
                                      {"relu", 1},
                                      {"dropout", 1},
                                      {"global_avg_pool", 1},
                                      {"flatten", 1}}));
}

TEST_F(TorchScript, SaysWhatItCannotList) {
  WRITE_OR_SKIP("failing");
  const auto says = [this](const std::string& name, const std::string& pattern) {
    EXPECT_THAT(error_of(name + ".pt"), MatchesRegex(name + "\\.pt: " + pattern));
  };
  const std::string place = " at small_networks.py:[0-9]+ ";
  says("none", "no such file");
  says("OnImage", "operator aten::Bool" + place +
                      "makes a number of the image: what depends on its values has no list of layers");
  says("OnBatch", "operator prim::If" + place + "depends on the batch size");
  says("TwoInputs", "forward takes 2 inputs: expected the image alone");
  says("Dictionary",
       "forward returns Dict\\(str, Tensor\\): expected the logits, or a tuple that begins with them");
  says("Maps", "forward returns \\[2,3,16,16\\] for 2 images: expected logits \\[N,K\\]");
  says("StaleView",
       "operator aten::mean" + place +
           "reads memory that an in-place operator changed through another view: write that operator "
           "out of place");
  says("Noise",
       "its layers do not give what its forward gives: does it draw random numbers or keep a state\\?");
  says("OtherSize",
       "operator aten::linear at linear.py:[0-9]+ fails: mat1 and mat2 shapes cannot be multiplied \\(2x768 "
       "and 100x5\\) "
       "\\(the input is \\[3,16,16\\]; preprocess.input_size of the .json beside it sets another\\)");
  says("Refuses", "operator prim::RaiseException" + place + "is reached: 32 pixels");
  fs::resize_file(file("Maps.pt"), fs::file_size(file("Maps.pt")) / 2);
  says("Maps", "not a TorchScript file, or damaged: PytorchStreamReader failed.*");
}

}  // namespace
}  // namespace assay::test
