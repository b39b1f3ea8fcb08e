#include <gmock/gmock.h>

#include <fstream>
#include <ranges>

#include "harness/core/params.h"
#include "harness/data/dataset.h"
#include "harness/data/decode.h"
#include "harness/data/label_files.h"
#include "harness/network/load.h"
#include "harness/network/safetensors.h"
#include "tests/golden/golden_file.h"
#include "tests/pack.h"

// The pack's networks come with the pixels they were run on: decoding gives exactly these.

namespace assay {
namespace {

/// The entry `files` of a safetensors file's metadata.
std::vector<std::string> files_of(const std::string& safetensors) {
  std::ifstream stream(safetensors, std::ios::binary);
  std::uint64_t size = 0;
  stream.read(reinterpret_cast<char*>(&size), sizeof size);
  std::string header(size, ' ');
  stream.read(header.data(), static_cast<std::streamsize>(size));
  return split(Json::parse(header).at("__metadata__").at("files").get<std::string>(), ';');
}

/// [3,H,W] pixels in the network's order as RGB [H,W,3].
Tensor as_rgb(const Tensor& pixels, const Preprocess& preprocess) {
  return (preprocess.bgr ? pixels.flip({0}) : pixels).permute({1, 2, 0});
}

TEST(Pixels, EqualTheReferenceOfEveryNetworkOfThePack) {
  ASSAY_NEEDS_PACK();
  for (const std::string& name : folders_in(test::pack() + "/models")) {
    const std::string folder = test::pack() + "/models/" + name;
    const Preprocess preprocess = load_folder(folder).preprocess();
    const Tensor reference = read_safetensors(folder + "/reference.safetensors").at("image_rgb_u8");
    const std::vector<std::string> files = files_of(folder + "/reference.safetensors");
    ASSERT_EQ(reference.size(0), std::ssize(files));
    for (std::int64_t i = 0; i < reference.size(0); ++i) {
      const Tensor pixels = decode(test::pack() + "/" + files[static_cast<std::size_t>(i)], preprocess);
      EXPECT_TRUE(at::equal(as_rgb(pixels, preprocess), reference[i]))
          << name << " " << files[static_cast<std::size_t>(i)];
    }
  }
}

/// The pack's predictions were made from its pixels: images of 60 sizes settle how the long side is rounded.
TEST(Pixels, GiveTheProbabilitiesOfThePacksPredictions) {
  ASSAY_NEEDS_PACK();
  const Network network = load_folder(test::pack() + "/models/tiny_darknet");
  Params params(Json{{"path", test::pack() + "/images/imagenet_val"}});
  const auto samples = find_entry(datasets(), "labels-csv", params, "").make(params)->samples();
  const std::string table = test::pack() + "/images/imagenet_val/predictions.csv";
  const std::vector<TextLine> lines = read_lines(table);
  const auto header = parse_csv(lines.front(), table);
  const auto column = std::ranges::find(header, "tiny_darknet:p_true") - header.begin();
  ASSERT_LT(column, std::ssize(header));
  for (std::size_t i = 0; i < 60; ++i) {
    const std::vector<std::string> row = parse_csv(lines[i + 1], table);
    ASSERT_EQ(row.front(), samples[i].name);
    const Tensor pixels = decode(samples[i].path, network.preprocess()).unsqueeze(0).to(at::kFloat);
    const Tensor p = network.forward(network.normalise(pixels)).to(at::kDouble).softmax(1)[0];
    EXPECT_NEAR(p[targets_of(samples[i], network).front()].item<double>(),
                std::stod(row[static_cast<std::size_t>(column)]), 3e-5)
        << samples[i].name;
  }
}

TEST(Pixels, EqualTheGoldenFiles) {
  ASSAY_NEEDS_GOLDEN();
  for (const char* name :
       {"googlenet_bvlc", "squeezenet_v1.1", "squeezenet_bn_places365", "resnet20_cifar10"}) {
    const test::GoldenFile golden(test::golden() + "/" + name + ".h5");
    const Preprocess preprocess = load_folder(test::pack() + "/models/" + name).preprocess();
    for (const std::string& image : golden.children("images")) {
      const std::string group = "images/" + image;
      const Tensor pixels = decode(test::pack() + "/" + golden.text(group, "file"), preprocess);
      EXPECT_TRUE(at::equal(pixels, golden.tensor(group + "/pixels"))) << name << " " << image;
    }
  }
}

}  // namespace
}  // namespace assay
