#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "methods/shared_attribution.h"
#include "tests/methods/make.h"
#include "tests/methods/regions.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

using ::testing::StartsWith;

TEST(Regional, AveragesTheMapThatTheMethodIsKnownFor) {
  const Network network = scene_network();
  Subject subject = scenes_of(network, 2);
  const std::vector<Query> queries{{1, 0}, {0, 2}, {1, 2}};
  const auto gradient = make("grad");
  for (const char* of_view : {"own", "signed"}) {
    const Json settings{{"of", "grad"}, {"scales", {6, 20}}, {"of_view", of_view}};
    const auto method = make("regional", settings);
    const Tensor found = method->attribute(subject, queries).raw;
    ASSERT_EQ(found.sizes(), (std::vector<std::int64_t>{3, 1, kSceneHeight, kSceneWidth}));
    const Tensor raw = gradient->attribute(subject, queries).raw;
    for (std::int64_t q = 0; q < 3; ++q) {
      const Tensor map = std::string(of_view) == "own" ? std::get<0>(raw[q].abs().max(0)) : raw[q].sum(0);
      Tensor expected = at::zeros({kSceneHeight, kSceneWidth}, at::kDouble);
      for (const std::int64_t segments : {6, 20}) {
        const Tensor labels = slic(subject.pixels()[queries[q].image], false, {.segments = segments});
        for (std::int64_t r = 0; r < count_labels(labels); ++r)
          expected += (labels == r) * map.masked_select(labels == r).mean() / 2;
      }
      EXPECT_LE(largest(found[q][0] - expected), 1e-5 * largest(expected)) << of_view;
    }
  }
}

TEST(Regional, SharesTheWorkOfItsBase) {
  const Network network = scene_network();
  Subject subject = scenes_of(network);
  const Json settings{{"of", "grad"}, {"scales", {6}}, {"score", "logit"}};
  const auto method = make("regional", settings);
  const auto base = make("grad", {{"score", "logit"}});
  const std::vector<Query> query{{0, 1}};
  method->attribute(subject, query);
  const std::int64_t walked = subject.done().backwards;
  EXPECT_EQ(walked, 1);
  attribute_by_image(subject, *base, query, method->wraps());
  EXPECT_EQ(subject.done().backwards, walked) << "what the base asks for is at hand";
  EXPECT_THAT(method->wraps(), StartsWith("grad {"));
  const Cost price = method->price(network), of_base = base->price(network);
  EXPECT_EQ(price.forwards, of_base.forwards);
  EXPECT_EQ(price.backwards, of_base.backwards);
  EXPECT_FALSE(method->uses_seed());
  EXPECT_TRUE(make("regional", {{"of", "random"}})->uses_seed());
  EXPECT_EQ(make("regional", {{"of", "mwp"}, {"layer", "relu"}})->layer_keys(),
            (std::vector<std::string>{"layer"}));
  EXPECT_EQ(make("regional", {{"of", "mwp"}, {"layer", "rel"}})->unsupported(network),
            make("mwp", {{"layer", "rel"}})->unsupported(network));
}

TEST(Regional, RefusesWhatMakesNoSense) {
  for (const char* name : {"var", "shared-features", "agreement", "regional"})
    EXPECT_EQ(error_of("regional", {{"of", name}}),
              std::string("of: '") + name + "' has no raw attribution of its own that could be averaged");
  EXPECT_THAT(error_of("regional", Json::object()), StartsWith("missing key 'of'"));
  EXPECT_THAT(error_of("regional", {{"of", "gard"}}), StartsWith("of: unknown name 'gard'; known: grad"));
}

}  // namespace
}  // namespace assay::test
