#include <gmock/gmock.h>

#include "harness/network/tensor.h"
// The precompiled header comes first where there is one.
#include "harness/data/dataset.h"
#include "harness/data/label_files.h"
#include "tests/error_text.h"
#include "tests/pack.h"

namespace assay {
namespace {

using test::error_text;
using testing::ElementsAre;

/// A network of `outputs` classes whose content does not matter.
Network network_of(std::int64_t outputs, std::vector<std::string> classes) {
  Layer input{.kind = Kind::input, .name = "input"};
  Layer linear{.kind = Kind::linear, .name = "fc", .inputs = {0}};
  linear.parameters = {{"fc.weight", at::zeros({outputs, 3 * 2 * 2})}};
  Preprocess preprocess;
  preprocess.height = preprocess.width = 2;
  return Network("toy", {input, linear}, preprocess, std::move(classes));
}

TEST(TargetsOf, KeysGoThroughTheClassListIndicesAreOutputs) {
  const Network network = network_of(3, {"background", "n01 tench, Tinca tinca", "n02 goldfish"});
  EXPECT_THAT(targets_of({"a", "", {{0, "n01"}, {1, "n02"}}}, network), ElementsAre(1, 2));
  EXPECT_THAT(targets_of({"a", "", {{2, ""}, {0, ""}}}, network), ElementsAre(2, 0));
}

TEST(TargetsOf, WithoutAClassListTheIndexIsTheOutput) {
  EXPECT_THAT(targets_of({"a", "", {{0, "n01"}, {2, "n02"}}}, network_of(3, {})), ElementsAre(0, 2));
}

TEST(TargetsOf, LabelsTheNetworkDoesNotKnowAreLeftOut) {
  const Network network = network_of(2, {"n01 tench", "n02 goldfish"});
  EXPECT_THAT(targets_of({"a", "", {{0, "n99"}, {1, "n02"}}}, network), ElementsAre(1));
  EXPECT_EQ(error_text<DataError>([&] {
              targets_of({"a.jpg", "", {{0, "n99"}, {1, "n98"}}}, network);
            }),
            "a.jpg: label n99;n98: network toy has no such class; label it by class index or by the first "
            "word of the "
            "network's class lines");
  EXPECT_THAT(error_text<DataError>([&] {
                targets_of({"a.jpg", "", {}}, network);
              }),
              testing::StartsWith("a.jpg: no labels:"));
}

TEST(TargetsOf, AnIndexBeyondTheOutputsIsAnError) {
  EXPECT_EQ(error_text<DataError>([&] {
              targets_of({"a.jpg", "", {{5, ""}}}, network_of(3, {}));
            }),
            "a.jpg: class index 5 is outside the 3 outputs of network toy");
}

TEST(TargetsOf, WnidsFindTheOutputInEveryClassOrderOfThePack) {
  ASSAY_NEEDS_PACK();
  Params params(Json{{"path", test::pack() + "/images/imagenet_val"}});
  const auto samples = find_entry(datasets(), "labels-csv", params, "").make(params)->samples();
  for (const char* list :
       {"imagenet_synset_words.txt", "imagenet_tf1001.txt", "imagenet_darknet_order.txt"}) {
    std::vector<std::string> classes;
    for (const TextLine& line : read_lines(test::pack() + "/classes/" + list)) classes.push_back(line.text);
    const Network network = network_of(std::ssize(classes), classes);
    int same_index = 0;
    for (const Sample& sample : samples) {
      const auto targets = targets_of(sample, network);
      ASSERT_EQ(targets.size(), 1u);
      EXPECT_EQ(first_word(classes[static_cast<std::size_t>(targets[0])]), sample.labels[0].key);
      same_index += targets[0] == sample.labels[0].index;
    }
    if (std::string(list) == "imagenet_synset_words.txt")
      EXPECT_EQ(same_index, 300);
    else
      EXPECT_LT(same_index, 5) << list;
  }
}

}  // namespace
}  // namespace assay
