#include <gtest/gtest.h>

#include <algorithm>

#include "harness/network/load.h"
#include "harness/network/tensor.h"
#include "harness/vision/vision.h"
#include "methods/excitation_walk.h"
#include "methods/occlusion_grid.h"
#include "tests/golden/golden_file.h"
#include "tests/golden/protocol.h"
#include "tests/methods/make.h"
#include "tests/pack.h"

// Stage by stage, each from the stored values of the stage before: pixels -> input -> logits -> occlusion
// probabilities, gradient maps, coarse maps -> maps -> masks. Tolerances as the golden files' README states
// them.
namespace assay::test {
namespace {

double largest(const Tensor& values) {
  return values.abs().max().item<double>();
}

class Golden : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSAY_NEEDS_GOLDEN();
    file_ = std::make_unique<GoldenFile>(golden() + "/" + GetParam() + ".h5");
    network_ = std::make_unique<Network>(load_folder(pack() + "/models/" + GetParam()));
  }

  std::vector<std::string> images() const {
    std::vector<std::string> paths;
    for (const std::string& name : file_->children("images")) paths.push_back("images/" + name);
    return paths;
  }

  Subject subject(const std::string& image) const {
    return Subject(*network_, file_->tensor(image + "/pixels").unsqueeze(0), {image}, 0, {});
  }

  Query query(const std::string& protocol_path) const {
    return {0, static_cast<std::int64_t>(file_->number(protocol_path, "target"))};
  }

  /// 1e-4, or ten times the difference between single and double precision where that exceeds 1e-5.
  double map_tolerance(const std::string& map) const {
    const double difference = file_->number(map, "max_abs_diff_f64");
    return difference > 1e-5 ? 10 * difference : 1e-4;
  }

  void expect_map(const Tensor& found, const std::string& map) const {
    EXPECT_EQ(found.scalar_type(), at::kFloat);
    EXPECT_LE(largest(found.reshape({-1}) - file_->tensor(map).reshape({-1})), map_tolerance(map)) << map;
  }

  /// The stored map's view of `raw` under a protocol, at the input's size.
  Tensor viewed(View view, const Tensor& raw) const {
    return apply_view(view, raw, network_->preprocess().height, network_->preprocess().width);
  }

  std::unique_ptr<GoldenFile> file_;
  std::unique_ptr<Network> network_;
};

const std::vector<std::string> kProtocols{"paper", "authors-code"};

TEST_P(Golden, InputAndLogits) {
  for (const std::string& image : images()) {
    const Tensor input = file_->tensor(image + "/input").unsqueeze(0);
    const Tensor normalised = network_->normalise(file_->tensor(image + "/pixels").unsqueeze(0));
    EXPECT_LE(largest(normalised - input), 1e-6 * largest(input)) << image;
    const Tensor logits = file_->tensor(image + "/logits");
    EXPECT_LE(largest(network_->forward(input)[0] - logits), 1e-4 * largest(logits)) << image;
  }
}

TEST_P(Golden, ProtocolsExplainTheClassOfTheReference) {
  for (const std::string& image : images())
    for (const std::string& protocol : kProtocols)
      EXPECT_EQ(file_->number(image + "/" + protocol, "target"),
                file_->number(image, protocol_named(protocol).target))
          << image << " " << protocol;
}

/// A sample of positions on the large networks, all of them on the small one.
TEST_P(Golden, OcclusionProbabilities) {
  const bool small = network_->preprocess().height <= 32;
  const std::string image = images().front();
  const Tensor pixels = file_->tensor(image + "/pixels").to(at::kFloat);
  for (const std::int64_t size : file_->integers("/", "occ_patches")) {
    const std::int64_t stride = file_->integers("/", "occ_stride")[0];
    const auto patches = patch_positions(pixels.size(1), pixels.size(2), size, stride, true);
    const std::size_t step = small ? 1 : patches.size() / 12;
    std::vector<Tensor> occluded;
    std::vector<std::int64_t> sampled;
    for (std::size_t j = step / 2; j < patches.size(); j += step) {
      occluded.push_back(pixels.clone());
      const Patch& p = patches[j];
      occluded.back().slice(1, p.top, p.bottom).slice(2, p.left, p.right).fill_(127.5);
      sampled.push_back(static_cast<std::int64_t>(j));
    }
    const Tensor logits = network_->forward(network_->normalise(at::stack(occluded)));
    for (const std::string& protocol : kProtocols) {
      const std::string path = image + "/" + protocol;
      const Tensor expected = file_->tensor(path + "/occ_p/occ" + std::to_string(size));
      ASSERT_EQ(expected.numel(), static_cast<std::int64_t>(patches.size()));
      const Tensor found = scores_of(logits, occlusion_score(protocol)).select(1, query(path).target);
      EXPECT_LE(largest(found - expected.reshape({-1}).index_select(0, at::tensor(sampled, at::kLong))), 1e-5)
          << path << size;
    }
  }
}

TEST_P(Golden, OcclusionMapsFromStoredProbabilities) {
  const std::int64_t height = network_->preprocess().height, width = network_->preprocess().width;
  for (const std::string& image : images())
    for (const std::string& protocol : kProtocols)
      for (const std::int64_t size : file_->integers("/", "occ_patches")) {
        const std::string path = image + "/" + protocol, name = "occ" + std::to_string(size);
        const Tensor p = file_->tensor(path + "/occ_p/" + name).contiguous();
        const std::vector<double> scores(p.data_ptr<double>(), p.data_ptr<double>() + p.numel());
        const auto patches =
            patch_positions(height, width, size, file_->integers("/", "occ_stride")[0], true);
        for (const bool literal : {false, true}) {
          const std::string map = path + "/maps/" + name + (literal ? "-literal" : "-corrected");
          const PatchSums sums = sum_patches(patches, scores, height, width);
          const Tensor raw = literal ? literal_map(sums) : corrected_map(sums, 0);
          EXPECT_NEAR(raw.min().item<double>(), file_->number(map, "raw_min"), 1e-9) << map;
          EXPECT_NEAR(raw.max().item<double>(), file_->number(map, "raw_max"), 1e-9) << map;
          const View view = configured(protocol, "occ").view;
          EXPECT_LE(largest(viewed(view, raw.view({1, 1, height, width}))[0] - file_->tensor(map)), 1e-6)
              << map;
        }
      }
}

class SmallGolden : public Golden {};

/// The whole method, where its hundreds of forwards are cheap.
TEST_P(SmallGolden, OcclusionFromPixelsToMap) {
  const std::string image = images().back();
  Subject block = subject(image);
  for (const std::string& protocol : kProtocols)
    for (const std::string& formula : {"corrected", "literal"})
      for (const std::int64_t size : file_->integers("/", "occ_patches")) {
        const auto [method, view] =
            configured(protocol, "occ", {{"patch", size}, {"stride", 2}, {"formula", formula}});
        const Query wanted = query(image + "/" + protocol);
        const Tensor raw = method->attribute(block, std::span(&wanted, 1)).raw;
        expect_map(viewed(view, raw),
                   image + "/" + protocol + "/maps/occ" + std::to_string(size) + "-" + formula);
      }
}

TEST_P(Golden, GradientMaps) {
  for (const std::string& image : images()) {
    Subject block = subject(image);
    for (const std::string& protocol : kProtocols) {
      const std::string path = image + "/" + protocol;
      const auto [method, configured_view] = configured(protocol, "grad");
      const Query wanted = query(path);
      const Tensor raw = method->attribute(block, std::span(&wanted, 1)).raw;
      const double scale = file_->number(path, "gradient_abs_max");
      const double rounding = file_->number(path, "gradient_max_rel_diff_f64");
      EXPECT_NEAR(largest(raw), scale, scale * (rounding > 1e-5 ? 10 * rounding : 1e-4)) << path;
      for (const std::int64_t times : file_->integers("/", "grad_dilations")) {
        View view = configured_view;
        view.dilations = times;
        expect_map(viewed(view, raw), path + "/maps/grad" + std::to_string(times));
      }
    }
  }
}

TEST_P(Golden, CoarseExcitationMaps) {
  const std::string layer = file_->text("/", "eb_map_layer"),
                    contrast = file_->text("/", "eb_contrast_layer");
  EXPECT_EQ(network_->layers()[static_cast<std::size_t>(classifier_of(*network_))].name,
            file_->text("/", "eb_classifier_layer"));
  const auto mwp = make("mwp", {{"layer", layer}}),
             c_mwp = make("c-mwp", {{"layer", layer}, {"contrast", contrast}});
  EXPECT_FALSE(mwp->unsupported(*network_));
  EXPECT_FALSE(c_mwp->unsupported(*network_));
  const bool leaky = std::string(GetParam()) == "squeezenet_bn_places365";
  EXPECT_EQ(mwp->note(*network_), leaky ? "inputs clamped at 0" : "");
  for (const std::string& image : images()) {
    Subject block = subject(image);
    for (const std::string& protocol : kProtocols) {
      const std::string path = image + "/" + protocol + "/coarse/";
      const Query wanted = query(image + "/" + protocol);
      const auto expect_close = [&](const Tensor& found, const std::string& name) {
        const Tensor expected = file_->tensor(path + name);
        EXPECT_LE(largest(found.view(expected.sizes()) - expected), 1e-4 * largest(expected)) << path << name;
      };
      expect_close(mwp->attribute(block, std::span(&wanted, 1)).raw.sum(1).clamp_min(0), "mwp");
      expect_close(c_mwp->attribute(block, std::span(&wanted, 1)).raw.sum(1).clamp_min(0), "cmwp");
      const Contrast signals =
          contrast_at(block.canonised(), block.activations(0, true), wanted.target, network_->find(contrast));
      expect_close(signals.plain.sum(1), "contrast_P_channel_sum");
      expect_close(signals.dual.sum(1), "contrast_Q_channel_sum");
    }
  }
}

TEST_P(Golden, ExcitationMapsFromStoredCoarseMaps) {
  for (const std::string& image : images())
    for (const std::string& protocol : kProtocols)
      for (const auto& [name, method] : {std::pair{"mwp", "mwp"}, {"cmwp", "c-mwp"}}) {
        const std::string path = image + "/" + protocol;
        const Tensor coarse = file_->tensor(path + "/coarse/" + name);
        Json own{{"layer", file_->text("/", "eb_map_layer")}};
        if (method == std::string("c-mwp")) own["contrast"] = file_->text("/", "eb_contrast_layer");
        expect_map(viewed(configured(protocol, method, own).view, coarse.unsqueeze(0).unsqueeze(0)),
                   path + "/maps/" + name);
      }
}

/// Configurations joined by '+': each thresholded, then intersected.
std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find('+', at), names.size());
    parts.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

TEST_P(Golden, MasksFromStoredMaps) {
  std::size_t compared = 0;
  for (const std::string& image : images())
    for (const std::string& protocol : kProtocols)
      for (const auto& [folder, rho] : {std::pair<std::string, double>{"rho25", 0.25}, {"rho5", 0.05}}) {
        const std::string path = image + "/" + protocol;
        for (const std::string& names : file_->children(path + "/masks/" + folder)) {
          Tensor mask;
          for (const std::string& part : split(names)) {
            const Tensor map = file_->tensor(path + "/maps/" + part);
            const bool exact = mask_kind(protocol) == MaskRule::Kind::exact;
            const Tensor found = exact ? top_mask(map, rho) : authors_mask(map, rho);
            mask = mask.defined() ? mask.logical_and(found) : found;
          }
          EXPECT_TRUE(at::equal(mask.to(at::kByte), file_->tensor(path + "/masks/" + folder + "/" + names)))
              << path << " " << folder << " " << names;
          ++compared;
        }
      }
  EXPECT_GT(compared, 50u);
}

std::string test_name(const ::testing::TestParamInfo<const char*>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Golden,
                         ::testing::Values("googlenet_bvlc", "resnet20_cifar10", "squeezenet_bn_places365",
                                           "squeezenet_v1.1"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(All, SmallGolden, ::testing::Values("resnet20_cifar10"), test_name);

}  // namespace
}  // namespace assay::test
