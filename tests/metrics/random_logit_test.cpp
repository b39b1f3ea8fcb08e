#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "harness/network/tensor.h"
#include "harness/vision/similarity.h"
#include "metrics/random_logit_scores.h"
#include "tests/metrics/sanity.h"

namespace assay {
namespace {

using test::checked;
using test::explained;
using test::sanity_metric;
using test::subject_of;

RandomLogitObservation observed_in(const Record& record) {
  return random_logit_observation(record.values);
}

TEST(RandomLogit, OfALinearNetworkComparesTwoRowsOfItsWeights) {
  const Network network = test::linear_network(1);
  Subject subject = subject_of(network, 0, 1);
  const Record record =
      checked(*sanity_metric("random-logit"), subject, explained(subject, {{0, 2}}, test::gradient_maps))[0];
  const RandomLogitObservation seen = observed_in(record);
  const auto other = static_cast<std::int64_t>(seen.other);
  ASSERT_NE(other, 2);
  const Tensor rows = network.layers()[1].weight().view({5, 3, test::kToySide, test::kToySide}).sum(1);
  const MapSimilarity expected = similarity_of(rows[2], rows[other], {.cell = 4});
  EXPECT_EQ(record.status, Status::ok);
  EXPECT_NEAR(seen.similarity[0], expected.spearman, 1e-3);
  EXPECT_NEAR(seen.similarity[1], expected.absolute, 1e-3);
  EXPECT_NEAR(seen.similarity[2], expected.ssim, 1e-3);
  EXPECT_NEAR(seen.similarity[3], expected.hog, 1e-3);
  EXPECT_EQ(record.cost.forwards, 1);
  EXPECT_EQ(record.cost.backwards, 1);
}

TEST(RandomLogit, ControlsDoNotLookAtTheClass) {
  Subject subject = subject_of(test::toy_network(), 0, 3);
  const std::vector<Query> queries{{0, 1}, {1, 1}, {2, 0}};
  for (const ExplainAgain& again : {ExplainAgain(test::edge_maps), ExplainAgain(test::random_maps)})
    for (const Record& record :
         checked(*sanity_metric("random-logit"), subject, explained(subject, queries, again)))
      for (const double one : observed_in(record).similarity) EXPECT_NEAR(one, 1, 1e-12);
}

TEST(RandomLogit, TheOtherClassDependsOnTheImageAndTheClassAlone) {
  const auto metric = sanity_metric("random-logit");
  Subject all = subject_of(test::toy_network(), 0, 4);
  std::vector<Query> queries;
  for (std::int64_t image = 0; image < 4; ++image)
    for (std::int64_t target = 0; target < 5; ++target) queries.push_back({image, target});
  const std::vector<Record> records = checked(*metric, all, explained(all, queries, test::gradient_maps));
  std::set<double> others;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const double other = observed_in(records[q]).other;
    EXPECT_NE(other, static_cast<double>(queries[q].target));
    EXPECT_GE(other, 0);
    EXPECT_LT(other, 5);
    others.insert(other);
    Subject one = subject_of(test::toy_network(), queries[q].image, 1);
    const Explanation alone = explained(one, {{0, queries[q].target}}, test::gradient_maps);
    EXPECT_EQ(checked(*metric, one, alone)[0].values, records[q].values);
  }
  EXPECT_EQ(others.size(), 5u);
}

TEST(RandomLogit, WhatCannotBeSaidHasAReason) {
  Subject subject = subject_of(test::toy_network(), 0, 1);
  Explanation lost = explained(subject, {{0, 1}}, test::edge_maps);
  lost.again = nullptr;
  EXPECT_EQ(checked(*sanity_metric("random-logit"), subject, lost)[0].status, Status::skipped);
  const ExplainAgain flat = [](Subject& on, std::span<const Query>) {
    return std::vector<Tensor>{at::ones_like(on.pixels().select(1, 0))};
  };
  const Record constant =
      checked(*sanity_metric("random-logit"), subject, explained(subject, {{0, 1}}, flat))[0];
  EXPECT_EQ(constant.status, Status::suspect);
  EXPECT_TRUE(std::isnan(observed_in(constant).similarity[0]));
  Layer input{.kind = Kind::input, .name = "input"};
  Layer linear{.kind = Kind::linear, .name = "linear", .inputs = {0}};
  linear.parameters = {{"w", test::random_tensor({1, 3 * test::kToySide * test::kToySide}, -1, 1, 3)}};
  Preprocess preprocess;
  preprocess.height = preprocess.width = test::kToySide;
  Subject single = subject_of({"single", {input, linear}, preprocess, {}}, 0, 1);
  const Record one_class =
      checked(*sanity_metric("random-logit"), single, explained(single, {{0, 0}}, test::edge_maps))[0];
  EXPECT_EQ(one_class.status, Status::skipped);
  EXPECT_EQ(one_class.reason, "the network has one class");
}

}  // namespace
}  // namespace assay
