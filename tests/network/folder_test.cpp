#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "harness/core/error.h"
#include "harness/network/load.h"
#include "harness/network/model_json.h"
#include "harness/network/safetensors.h"
#include "tests/error_text.h"
#include "tests/network/every_kind.h"
#include "tests/temporary_folder.h"

namespace assay {
namespace {

using test::error_text;

/// Two outputs from a 4x4 image: conv [2,3,3,3], batch norm, max pool, linear [2,8].
Json small_model() {
  return Json::parse(R"({
    "name": "small",
    "preprocess": {"input_size": [3, 4, 4], "channel_order": "BGR", "mean": [1, 2, 3], "std": [1, 1, 2],
                   "resize": {"mode": "warp", "size": 5}, "crop": "center"},
    "classes_file": "classes.txt",
    "graph": [
      {"name": "conv", "op": "conv2d", "inputs": ["input"], "weight": "conv.weight", "bias": null,
       "kernel": [3, 3], "stride": [1, 1], "pad": [1, 1, 1, 1], "groups": 1},
      {"name": "bn", "op": "batchnorm", "inputs": ["conv"], "gamma": "bn.gamma", "beta": "bn.beta",
       "mean": "bn.mean", "var": "bn.var", "eps": 0.001},
      {"name": "pool", "op": "maxpool", "inputs": ["bn"], "kernel": [2, 2], "stride": [2, 2]},
      {"name": "fc", "op": "linear", "inputs": ["pool"], "weight": "fc.weight", "bias": "fc.bias"}]})");
}

std::map<std::string, Tensor> small_tensors() {
  return {{"conv.weight", test::normal({2, 3, 3, 3}, 1)},
          {"bn.gamma", at::ones({2})},
          {"bn.beta", at::zeros({2})},
          {"bn.mean", at::zeros({2})},
          {"bn.var", at::ones({2})},
          {"fc.weight", test::normal({2, 8}, 2)},
          {"fc.bias", test::normal({2}, 3)}};
}

class Folder : public testing::Test {
 protected:
  Network load(const Json& model, const std::map<std::string, Tensor>& tensors) {
    folder_.write("model.json", model.dump());
    folder_.write("classes.txt", "cat, tabby\r\ndog\n\n");
    write_safetensors(tensors, folder_ / "model.safetensors");
    return load_network(folder_.path());
  }

  /// The error after `change`, with the folder's own name taken out.
  std::string error(const std::function<void(Json&, std::map<std::string, Tensor>&)>& change) {
    Json model = small_model();
    std::map<std::string, Tensor> tensors = small_tensors();
    change(model, tensors);
    return plain(error_text<DataError>([&] { load(model, tensors); }));
  }
  std::string error_in_model(const std::string& pointer, const Json& value) {
    return error([&](Json& model, auto&) { model[Json::json_pointer(pointer)] = value; });
  }
  std::string error_in_tensor(const std::string& name, const Tensor& value) {
    return error([&](Json&, auto& tensors) { tensors[name] = value; });
  }
  std::string plain(std::string text) const {
    const std::string prefix = folder_.path() + "/";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Folder, ReadsEverything) {
  const Network network = load(small_model(), small_tensors());
  EXPECT_EQ(network.name(), "small");
  EXPECT_EQ(network.size(), 5);
  EXPECT_EQ(network.outputs(), 2);
  EXPECT_EQ(network.classes(), (std::vector<std::string>{"cat, tabby", "dog"}));
  const Preprocess& p = network.preprocess();
  EXPECT_EQ(p.height, 4);
  EXPECT_TRUE(p.bgr);
  EXPECT_EQ(p.mean[2], 3);
  EXPECT_EQ(p.std[2], 2);
  EXPECT_EQ(p.resize, Preprocess::Resize::warp);
  EXPECT_EQ(p.resize_size, 5);
  EXPECT_EQ(p.crop, Preprocess::Crop::center);
  const Layer& conv = network.layers()[network.find("conv")];
  EXPECT_EQ(conv.parameters.size(), 1u);
  EXPECT_EQ(conv.parameters[0].name, "conv.weight");
  EXPECT_EQ(network.layers()[network.find("bn")].attributes.epsilon, 0.001);
}

TEST_F(Folder, AMapAtTheEndIsFlattenedToLogits) {
  Json model = small_model();
  model["graph"].erase(3);
  model["graph"].push_back({{"name", "logits"}, {"op", "global_avgpool"}, {"inputs", {"pool"}}});
  const Network network = load(model, small_tensors());
  EXPECT_EQ(network.layers()[network.output()].name, "logits_");
  EXPECT_EQ(network.layers()[network.output()].kind, Kind::flatten);
  EXPECT_EQ(network.activations(at::zeros({3, 3, 4, 4})).back().sizes(), at::IntArrayRef({3, 2}));
}

TEST_F(Folder, WidensQuantisedAndHalfTensors) {
  std::map<std::string, Tensor> tensors = small_tensors();
  tensors["conv.weight"] = at::full({2, 3, 3, 3}, 200, at::kByte);
  tensors["conv.weight.scale"] = at::full({1}, 0.5f);
  tensors["conv.weight.zero_point"] = at::full({1}, 190.0f);
  tensors["fc.weight"] = at::full({2, 8}, -3, at::kChar);
  tensors["fc.weight.scale"] = test::single({0.5, 2}, {2});
  tensors["fc.weight.zero_point"] = test::single({1, -1}, {2});
  tensors["fc.bias"] = test::single({0.25, -2}, {2}).to(at::kHalf);
  const Network network = load(small_model(), tensors);
  EXPECT_TRUE(at::equal(network.layers()[network.find("conv")].weight(), at::full({2, 3, 3, 3}, 5.0f)));
  const Layer& fc = network.layers()[network.find("fc")];
  EXPECT_TRUE(at::equal(fc.weight(), test::single({-2, -4}, {2, 1}).expand({2, 8})));
  EXPECT_TRUE(at::equal(fc.bias(), test::single({0.25, -2}, {2})));
}

TEST_F(Folder, SavingAndLoadingGivesTheSameNetwork) {
  const Network made = test::every_kind(/*with_opaque=*/false);
  Preprocess preprocess = made.preprocess();
  preprocess.bgr = true;
  preprocess.mean_image = test::normal({3, 12, 12}, 5);
  preprocess.std = {0.1, 0.2, 0.3};
  preprocess.resize = Preprocess::Resize::short_side;
  preprocess.resize_size = 14;
  preprocess.crop = Preprocess::Crop::top_left;
  preprocess.top_left_square = true;
  const Network network(made.name(), {made.layers().begin(), made.layers().end()}, preprocess,
                        {"a", "b x", "c", "d", "e"});
  save_folder(network, folder_ / "saved/here");
  const Network read = load_folder(folder_ / "saved/here");
  EXPECT_EQ(read.hash(), network.hash());
  EXPECT_EQ(read.name(), network.name());
  EXPECT_EQ(read.classes(), network.classes());
  EXPECT_EQ(read.preprocess().crop, Preprocess::Crop::top_left);
  EXPECT_TRUE(read.preprocess().top_left_square);
  const Tensor input = test::normal({2, 3, 12, 12}, 6);
  EXPECT_TRUE(at::equal(read.forward(input), network.forward(input)));
  EXPECT_TRUE(at::equal(read.normalise(input), network.normalise(input)));
}

TEST_F(Folder, OpaqueLayersCannotBeSaved) {
  EXPECT_EQ(error_text<DataError>([&] { save_folder(test::every_kind(true), folder_ / "saved"); }),
            "network 'every kind': layer 'swish' (aten::silu) has no place in model.json; keep the "
            "TorchScript file");
}

TEST_F(Folder, AWrongTensorIsNamedWithBothShapes) {
  EXPECT_EQ(error_in_tensor("conv.weight", at::zeros({2, 3, 7, 7})),
            "model.safetensors: tensor 'conv.weight': file has [2,3,7,7], graph needs [2,3,3,3]");
  EXPECT_EQ(error_in_tensor("conv.weight", at::zeros({2, 27})),
            "model.safetensors: tensor 'conv.weight': file has [2,27], graph needs [*,3,3,3]");
  EXPECT_EQ(error_in_tensor("bn.var", at::ones({3})),
            "model.safetensors: tensor 'bn.var': file has [3], graph needs [2]");
  EXPECT_EQ(error_in_tensor("fc.weight", at::zeros({2, 9})),
            "model.safetensors: tensor 'fc.weight': file has [2,9], graph needs [2,8]");
  EXPECT_EQ(error_in_tensor("fc.bias", at::zeros({5})),
            "model.safetensors: tensor 'fc.bias': file has [5], graph needs [2]");
  EXPECT_EQ(error_in_tensor("mean_image", at::zeros({3, 4, 5})),
            "model.safetensors: tensor 'mean_image': file has [3,4,5], graph needs [3,4,4]");
  EXPECT_EQ(
      error_in_tensor("fc.weight", at::zeros({2, 8}, at::kLong)),
      "model.safetensors: tensor 'fc.weight': type Long cannot be a parameter; known: F64, F32, F16, U8, I8");
  EXPECT_EQ(error_in_tensor("fc.weight", at::zeros({2, 8}, at::kByte)),
            "model.safetensors: tensor 'fc.weight.zero_point' is missing (layer 'fc' needs it)");
  EXPECT_EQ(error([](Json&, auto& tensors) { tensors.erase("bn.mean"); }),
            "model.safetensors: tensor 'bn.mean' is missing (layer 'bn' needs it)");
  EXPECT_EQ(
      error([](Json&, auto& tensors) {
        tensors["fc.weight"] = at::zeros({2, 8}, at::kByte);
        tensors["fc.weight.zero_point"] = at::zeros({1});
        tensors["fc.weight.scale"] = at::zeros({3});
      }),
      "model.safetensors: tensor 'fc.weight.scale': needs 1 or 2 floating-point values, has 3 of type Float");
}

TEST_F(Folder, AWrongGraphIsAnErrorThatNamesTheNode) {
  EXPECT_EQ(error_in_model("/graph/0/op", "conv3d").substr(0, 63),
            "model.json: graph[0] 'conv': unknown op 'conv3d'; known: conv2d");
  EXPECT_EQ(error_in_model("/graph/1/inputs", Json{"convv"}),
            "model.json: graph[1] 'bn': input 'convv' is no earlier node; near: conv, input");
  EXPECT_EQ(error_in_model("/graph/1/name", "conv"),
            "model.json: graph[1] 'conv': another node has this name");
  EXPECT_EQ(error_in_model("/graph/2/kernel", Json{2}),
            "model.json: graph[2] 'pool': kernel: expected a list of 2 numbers, got [2]");
  EXPECT_EQ(error_in_model("/graph/2/kernel", Json{5, 5}),
            "model.json: layer 'pool' (max_pool): the 5x5 window is larger than its input [2,4,4]");
  EXPECT_EQ(error_in_model("/graph/2/inputs", Json{"bn", "conv"}),
            "model.json: layer 'pool' (max_pool): has 2 inputs, needs 1");
  EXPECT_EQ(error_in_model("/graph/0/groups", 2),
            "model.json: layer 'conv' (conv): 3 channels do not divide into 2 groups");
  EXPECT_EQ(error_in_model("/graph/0/stride", Json{0, 1}),
            "model.json: graph[0] 'conv': kernel, stride and dilation must be at least 1");
  EXPECT_EQ(error_in_model("/graph/1/eps", "small"),
            "model.json: graph[1] 'bn': eps: expected a number, got \"small\"");
  EXPECT_EQ(error_in_model("/graph/3/weight", nullptr), "model.json: graph[3] 'fc': missing key 'weight'");
  EXPECT_EQ(error_in_model("/graph", Json::array()), "model.json: graph: expected a list of nodes");
  EXPECT_EQ(error_in_model("/graph/2", {{"name", "pool"}, {"op", "add"}, {"inputs", {"bn", "input"}}}),
            "model.json: layer 'pool' (add): cannot add [2,4,4] and [3,4,4]");
}

TEST_F(Folder, WrongPreprocessingIsAnErrorThatNamesTheKey) {
  EXPECT_EQ(error_in_model("/preprocess/channel_order", "GBR"),
            "model.json: preprocess: channel_order: unknown word 'GBR'; known: RGB, BGR");
  EXPECT_EQ(error_in_model("/preprocess/input_size", Json{1, 4, 4}),
            "model.json: preprocess: input_size: expected [3, height, width]");
  EXPECT_EQ(error_in_model("/preprocess/std", Json{1, 0, 1}), "model.json: preprocess: std: must not be 0");
  EXPECT_EQ(error_in_model("/preprocess/resize", {{"mode", "warp"}}),
            "model.json: preprocess: resize: missing key 'size'");
  EXPECT_EQ(error_in_model("/preprocess/crop", "left"),
            "model.json: preprocess: crop: unknown word 'left'; known: none, center, top_left");
  EXPECT_EQ(error_in_model("/preprocess", nullptr), "model.json: missing key 'preprocess'");
}

TEST_F(Folder, MissingOrBrokenFilesAreNamed) {
  EXPECT_EQ(error_in_model("/classes_file", "none.txt"),
            "none.txt: class list cannot be opened: No such file or directory");
  EXPECT_EQ(error_in_model("/weights_file", "none.safetensors"),
            "none.safetensors: cannot be opened: No such file or directory");
  load(small_model(), small_tensors());
  folder_.write("classes.txt", "one\n");
  EXPECT_EQ(plain(error_text<DataError>([&] { load_folder(folder_.path()); })),
            "model.json: the class list has 1 lines, the network 2 outputs");
  folder_.write("classes.txt", "\n");
  EXPECT_EQ(plain(error_text<DataError>([&] { load_folder(folder_.path()); })),
            "classes.txt: class list is empty");
  folder_.write("model.json", R"({"name": "cut)");
  EXPECT_EQ(plain(error_text<DataError>([&] { load_folder(folder_.path()); })),
            "model.json: not valid JSON at byte 14");
  std::filesystem::remove(folder_ / "model.json");
  EXPECT_EQ(plain(error_text<DataError>([&] { load_folder(folder_.path()); })),
            "model.json: cannot be opened: No such file or directory");
}

TEST_F(Folder, ATruncatedWeightsFileNamesTheTensor) {
  load(small_model(), small_tensors());
  const std::string file = folder_ / "model.safetensors";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
  EXPECT_EQ(plain(error_text<DataError>([&] { load_folder(folder_.path()); })),
            "model.safetensors: tensor 'fc.weight': truncated: data end at byte 320 of 316");
}

TEST(LoadNetwork, SaysWhatAPathCanBe) {
  EXPECT_EQ(error_text<DataError>([] { load_network("no/such/thing"); }),
            "no/such/thing: no such network; give a folder with model.json, a TorchScript file, or "
            "builtin:NAME?seed=N");
  EXPECT_EQ(error_text<ConfigError>([] { load_network("builtin:vgg16?sed=1"); }),
            "network 'builtin:vgg16?sed=1': expected builtin:NAME?seed=N with a whole number N");
  EXPECT_EQ(error_text<ConfigError>([] { load_network("builtin:vgg16?seed=1x"); }),
            "network 'builtin:vgg16?seed=1x': expected builtin:NAME?seed=N with a whole number N");
}

}  // namespace
}  // namespace assay
