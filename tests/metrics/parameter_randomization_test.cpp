#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "harness/network/randomise.h"
#include "harness/network/tensor.h"
#include "harness/vision/similarity.h"
#include "metrics/parameter_randomization_scores.h"
#include "tests/metrics/sanity.h"

namespace assay {
namespace {

using test::checked;
using test::explained;
using test::sanity_metric;
using test::subject_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Metric> randomization(const Json& settings = Json::object()) {
  return sanity_metric("parameter-randomization", settings);
}

RandomizationObservation seen_in(const Record& record) {
  return randomization_observation(record.values);
}

std::vector<Query> toy_queries(std::int64_t images) {
  std::vector<Query> queries;
  for (std::int64_t i = 0; i < images; ++i) queries.push_back({i, i % 5});
  return queries;
}

/// NaN is equal to NaN.
bool same_values(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b,
                            [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

bool same_record(const Record& a, const Record& b) {
  return a.status == b.status && same_values(a.values, b.values) && a.cost.forwards == b.cost.forwards &&
         a.cost.backwards == b.cost.backwards && a.cost.work == b.cost.work &&
         std::ranges::equal(a.curves, b.curves, same_values);
}

/// Seed under which the weights of the toys are drawn.
std::uint64_t weights_seed(const Subject& subject) {
  return mix_seed(subject.run_seed(), "parameter randomization");
}

std::vector<ScoreValue> changes_of(const Record& record, const Json& settings = Json::object()) {
  Params params(settings);
  return find_entry(scorings(), "parameter-randomization", params, "metric")
      .make(params)
      ->score(record)
      .scores;
}

TEST(ParameterRandomization, ALinearNetworksGradientIsItsNewWeights) {
  const Network network = test::linear_network(1);
  Subject subject = subject_of(network, 0, 1);
  const Explanation gradient = explained(subject, {{0, 2}}, test::gradient_maps);
  const Record record = checked(*randomization(), subject, gradient)[0];
  const Network random = randomised(network, weight_stages(network), Redraw::fan_in, weights_seed(subject));
  const auto map = [](const Network& of) {
    return of.layers()[1].weight()[2].view({3, test::kToySide, test::kToySide}).sum(0);
  };
  const MapSimilarity expected = similarity_of(map(network), map(random), {.cell = 4});
  const RandomizationObservation seen = seen_in(record);
  EXPECT_EQ(record.status, Status::ok);
  EXPECT_EQ(seen.steps, 1);
  EXPECT_EQ(seen.stages, 1);
  EXPECT_NEAR(seen.last[0], expected.spearman, 1e-3);
  EXPECT_NEAR(seen.last[1], expected.absolute, 1e-3);
  EXPECT_NEAR(seen.last[2], expected.ssim, 1e-3);
  EXPECT_NEAR(seen.last[3], expected.hog, 1e-3);
  EXPECT_EQ(seen.first, seen.last);
  EXPECT_EQ(seen.area, seen.last);
  EXPECT_NEAR(seen.repeat[0], 1, 1e-12);  // a gradient draws no random numbers
  for (const std::size_t score : {0, 1}) EXPECT_GT(changes_of(record)[score].value, 0.5) << score;
}

TEST(ParameterRandomization, ControlsThatDoNotLookAtTheNetworkDoNotChange) {
  Subject subject = subject_of(test::toy_network(), 0, 2);
  for (const ExplainAgain& again : {ExplainAgain(test::edge_maps), ExplainAgain(test::random_maps)})
    for (const Record& record :
         checked(*randomization(), subject, explained(subject, toy_queries(2), again))) {
      for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_EQ(record.curves[i].size(), 2u);
        for (const double value : record.curves[i]) EXPECT_NEAR(value, 1, 1e-12);
        EXPECT_NEAR(changes_of(record)[i].value, 0, 1e-12);
      }
      EXPECT_NEAR(seen_in(record).rise, 0, 1e-12);
      EXPECT_EQ(record.cost.forwards, 0);
    }
}

TEST(ParameterRandomization, ARandomMapWithFreshNumbersSaysNothing) {
  Subject subject = subject_of(test::toy_network(), 0, 1);
  const Explanation random = explained(subject, toy_queries(1), test::random_maps);
  const Record record = checked(*randomization({{"seed", "fresh"}}), subject, random)[0];
  const RandomizationObservation seen = seen_in(record);
  for (const std::size_t i : {0, 1}) {
    EXPECT_NEAR(seen.last[i], 0, 0.3);
    EXPECT_NEAR(seen.repeat[i], 0, 0.3);
    EXPECT_NE(seen.last[i], seen.repeat[i]);
    EXPECT_EQ(changes_of(record)[i].left_out, kNotRepeatable);
  }
  const Record same = checked(*randomization(), subject, random)[0];
  EXPECT_NEAR(seen_in(same).repeat[0], seen.repeat[0], 1e-12);  // is observed there too
  EXPECT_NEAR(seen_in(same).last[0], 1, 1e-12);
  const Explanation edge = explained(subject, toy_queries(1), test::edge_maps);
  EXPECT_NEAR(changes_of(checked(*randomization({{"seed", "fresh"}}), subject, edge)[0])[0].value, 0, 1e-12);
}

TEST(ParameterRandomization, CurvesAreThoseOfTheNetworksOneByOne) {
  const Network network = test::toy_network();
  Subject subject = subject_of(network, 0, 1);
  const std::vector<Query> queries{{0, 3}};
  const Explanation gradient = explained(subject, queries, test::gradient_maps);
  const std::vector<WeightStage> stages = weight_stages(network);
  ASSERT_EQ(stages.size(), 2u);
  const auto similarity = [&](std::vector<WeightStage> drawn) {
    const Network random = randomised(network, drawn, Redraw::permuted, weights_seed(subject));
    Subject changed = subject_of(random, 0, 1);
    return similarity_of(gradient.maps[0][0], test::gradient_maps(changed, queries)[0][0], {.cell = 4});
  };
  const double logits = similarity({stages[0]}).spearman, conv = similarity({stages[1]}).spearman;
  const MapSimilarity both = similarity(stages);
  const auto curve = [&](const char* order) {
    return checked(*randomization({{"order", order}, {"init", "permuted"}}), subject, gradient)[0].curves;
  };
  EXPECT_THAT(curve("top-down")[0], ElementsAre(logits, both.spearman));
  EXPECT_THAT(curve("bottom-up")[0], ElementsAre(conv, both.spearman));
  EXPECT_THAT(curve("independent")[0], ElementsAre(logits, conv));
  EXPECT_EQ(curve("top-down")[2].back(), both.ssim);
  EXPECT_EQ(curve("bottom-up")[3].back(), both.hog);
  EXPECT_THAT(curve("bottom-up")[5], ElementsAre(1, 2));
  EXPECT_THAT(curve("independent")[5], ElementsAre(1, 1));
  const auto seed = [&](std::size_t stage) {
    return static_cast<double>(stage_seed(weights_seed(subject), stages[stage]));
  };
  EXPECT_THAT(curve("top-down")[6], ElementsAre(seed(0), seed(1)));
  EXPECT_THAT(curve("bottom-up")[6], ElementsAre(seed(1), seed(0)));
}

TEST(ParameterRandomization, ColumnsSummariseTheCurves) {
  Subject subject = subject_of(test::toy_network(), 0, 1);
  const Explanation gradient = explained(subject, {{0, 3}}, test::gradient_maps);
  const Record record = checked(*randomization(), subject, gradient)[0];
  ASSERT_EQ(record.curves.size(), randomization()->curves().size());
  const RandomizationObservation seen = seen_in(record);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen.first[i], record.curves[i][0]);
    EXPECT_EQ(seen.last[i], record.curves[i][1]);
    EXPECT_NEAR(seen.area[i], (record.curves[i][0] + record.curves[i][1]) / 2, 1e-12);
  }
  EXPECT_NEAR(seen.complexity, histogram_entropy(gradient.maps[0][0], 100), 1e-12);
  EXPECT_NEAR(seen.rise, (record.curves[4][1] - seen.complexity) / seen.complexity, 1e-12);
  EXPECT_EQ(seen.full, 1);
  EXPECT_EQ(seen.undefined, 0);
  const RandomizationObservation single =
      seen_in(checked(*randomization({{"order", "independent"}}), subject, gradient)[0]);
  EXPECT_EQ(single.full, 0);
  EXPECT_TRUE(std::isnan(single.rise));
}

TEST(ParameterRandomization, RecordsDependNeitherOnTheBlockNorOnCompany) {
  const auto metric = randomization({{"samples", 3}, {"target", "predicted"}});
  Subject all = subject_of(test::toy_network(), 0, 4);
  const std::vector<Query> queries{{0, 1}, {1, 0}, {1, 4}, {2, 2}, {3, 0}};
  const Explanation gradient = explained(all, queries, test::gradient_maps);
  const Explanation random = explained(all, queries, test::random_maps);
  const Variant variant = metric->variants().front();
  const std::vector<Task> tasks{{&random, &variant.settings}, {&gradient, &variant.settings}};
  const auto together = metric->observe(all, tasks, {});
  const std::vector<Record> alone = checked(*metric, all, gradient);
  for (std::size_t q = 0; q < queries.size(); ++q) EXPECT_TRUE(same_record(together[1][q], alone[q])) << q;
  for (std::int64_t image = 0; image < 4; ++image) {
    Subject one = subject_of(test::toy_network(), image, 1);
    std::vector<Query> its;
    std::vector<std::size_t> places;
    for (std::size_t q = 0; q < queries.size(); ++q)
      if (queries[q].image == image) {
        its.push_back({0, queries[q].target});
        places.push_back(q);
      }
    const std::vector<Record> records = checked(*metric, one, explained(one, its, test::gradient_maps));
    for (std::size_t i = 0; i < its.size(); ++i)
      EXPECT_TRUE(same_record(records[i], alone[places[i]])) << image;
  }
}

TEST(ParameterRandomization, AnotherSeedOfTheRunIsAnotherDraw) {
  Subject subject = subject_of(test::toy_network(), 0, 1), other = subject_of(test::toy_network(), 0, 1, 2);
  const auto curve = [](Subject& of) {
    return checked(*randomization(), of, explained(of, {{0, 3}}, test::gradient_maps))[0].curves[0];
  };
  EXPECT_NE(curve(subject), curve(other));
  EXPECT_EQ(curve(subject), curve(subject));
  EXPECT_TRUE(randomization()->uses_seed(Json::object()));
}

TEST(ParameterRandomization, ExplainsAsOftenAsItSaysAndBillsIt) {
  const Network network = test::toy_network();
  for (const Json& settings : {Json::object(), Json{{"samples", 4}}, Json{{"stages", 1}},
                               Json{{"order", "independent"}, {"stages", 1}, {"samples", 2}}}) {
    const auto metric = randomization(settings);
    Subject subject = subject_of(network, 0, 1);
    std::int64_t calls = 0;
    const ExplainAgain counting = [&](Subject& on, std::span<const Query> queries) {
      ++calls;
      return test::gradient_maps(on, queries);
    };
    const Explanation gradient = explained(subject, {{0, 1}}, counting);
    calls = 0;
    const Record record = checked(*metric, subject, gradient)[0];
    EXPECT_EQ(calls, metric->explains_again(network, metric->variants().front().settings)) << settings;
    EXPECT_EQ(record.cost.forwards, calls) << settings;
    EXPECT_EQ(record.cost.backwards, calls) << settings;
  }
}

TEST(ParameterRandomization, ThePredictedClassIsTheOneOfEachNetwork) {
  const Network network = test::toy_network();
  Subject subject = subject_of(network, 0, 1);
  std::vector<std::int64_t> asked;
  const ExplainAgain witness = [&](Subject& on, std::span<const Query> queries) {
    asked.push_back(queries[0].target);
    return test::gradient_maps(on, queries);
  };
  const Explanation gradient = explained(subject, {{0, 1}}, witness);
  asked.clear();
  const Record fixed = checked(*randomization(), subject, gradient)[0];
  EXPECT_THAT(asked, ElementsAre(1, 1, 1));
  EXPECT_EQ(seen_in(fixed).repredicted, 0);
  asked.clear();
  const Record own = checked(*randomization({{"target", "predicted"}}), subject, gradient)[0];
  std::vector<WeightStage> drawn;
  std::vector<std::int64_t> expected{1};  // the map explained again on the network as it is
  for (const WeightStage& stage : weight_stages(network)) {
    drawn.push_back(stage);
    Subject changed = subject_of(randomised(network, drawn, Redraw::fan_in, weights_seed(subject)), 0, 1);
    expected.push_back(changed.predicted(0));
  }
  EXPECT_EQ(asked, expected);
  EXPECT_EQ(seen_in(own).repredicted, 1);
  EXPECT_EQ(own.cost.forwards, fixed.cost.forwards + 2);
}

TEST(ParameterRandomization, NoisyInputsAreAveraged) {
  Subject subject = subject_of(test::toy_network(), 0, 1);
  std::vector<Tensor> inputs;
  const ExplainAgain shown = [&](Subject& on, std::span<const Query>) {
    inputs.push_back(on.pixels()[0].clone());
    return std::vector<Tensor>{on.pixels().sum(1)};
  };
  const Explanation pixels = explained(subject, {{0, 1}}, shown);
  inputs.clear();
  const Record record = checked(*randomization({{"samples", 50}, {"noise", 0.2}}), subject, pixels)[0];
  ASSERT_EQ(inputs.size(), 200u);  // before, again, after one stage, after both
  EXPECT_TRUE(at::equal(inputs[0], subject.pixels()[0]));
  const double range = (subject.pixels().max() - subject.pixels().min()).item<double>();
  for (std::size_t i = 1; i < 50; ++i) {
    const Tensor noise = (inputs[i] - inputs[0]).to(at::kDouble);
    EXPECT_NEAR(noise.mean().item<double>() / range, 0, 0.05);
    EXPECT_NEAR(noise.square().mean().sqrt().item<double>() / range, 0.2, 0.04);
    EXPECT_TRUE(at::equal(inputs[i], inputs[150 + i]));  // the same before and after
    EXPECT_FALSE(at::equal(inputs[i], inputs[i - 1]));
  }
  EXPECT_NEAR(seen_in(record).last[0], 1, 1e-12);
  const Tensor clean = subject.pixels()[0].sum(0);
  Tensor mean = at::zeros_like(clean).to(at::kDouble);
  for (std::size_t i = 0; i < 50; ++i) mean += inputs[i].to(at::kDouble).sum(0) / 50;
  EXPECT_NEAR(seen_in(record).complexity, histogram_entropy(mean, 100), 0.05);
}

TEST(ParameterRandomization, WhatCannotBeSaidHasAReason) {
  Subject subject = subject_of(test::toy_network(), 0, 1);
  const std::vector<Query> queries{{0, 1}};
  Explanation two = explained(subject, queries, test::edge_maps), lost = two;
  two.maps.push_back(two.maps[0]);
  lost.again = nullptr;
  const auto metric = randomization();
  EXPECT_EQ(checked(*metric, subject, two)[0].status, Status::skipped);
  EXPECT_EQ(checked(*metric, subject, lost)[0].reason, "nobody can explain again");
  Explanation broken = explained(subject, queries, test::edge_maps);
  broken.again = [](Subject&, std::span<const Query>) -> std::vector<Tensor> {
    throw DataError("no such layer\nand a stack");
  };
  const Record failed = checked(*metric, subject, broken)[0];
  EXPECT_EQ(failed.status, Status::failed);
  EXPECT_EQ(failed.reason, "explained again: no such layer");
  EXPECT_TRUE(failed.curves.empty());
  const ExplainAgain flat = [](Subject& on, std::span<const Query>) {
    return std::vector<Tensor>{at::ones_like(on.pixels().select(1, 0))};
  };
  const Record constant = checked(*metric, subject, explained(subject, queries, flat))[0];
  EXPECT_EQ(constant.status, Status::suspect);
  EXPECT_EQ(seen_in(constant).undefined, 2);
  for (const ScoreValue& value : changes_of(constant)) EXPECT_EQ(value.left_out, "constant_map");
}

TEST(ParameterRandomization, ANetworkWithoutWeightsIsSkipped) {
  Layer input{.kind = Kind::input, .name = "input"};
  Layer pool{.kind = Kind::global_avg_pool, .name = "pool", .inputs = {0}};
  Preprocess preprocess;
  preprocess.height = preprocess.width = test::kToySide;
  Subject subject = subject_of({"bare", {input, pool}, preprocess, {}}, 0, 1);
  const Record record = checked(*randomization(), subject, explained(subject, {{0, 1}}, test::edge_maps))[0];
  EXPECT_EQ(record.status, Status::skipped);
  EXPECT_EQ(record.reason, "the network has no weights to draw anew");
}

TEST(ParameterRandomization, VariantsSayWhatDiffersFromTheDefaults) {
  const auto variants = randomization({{"order", {"top-down", "independent"}},
                                       {"samples", 50},
                                       {"stages", 0},
                                       {"target", "predicted"},
                                       {"normalise", "second-moment"}})
                            ->variants();
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].label, "top-down predicted stages=0 samples=50 second-moment cell=4");
  EXPECT_EQ(variants[1].label, "independent predicted stages=0 samples=50 second-moment cell=4");
  EXPECT_NE(variants[0].settings, variants[1].settings);
  for (const auto& [settings, message] :
       std::vector<std::pair<Json, std::string>>{{{{"order", "down"}}, "unknown order 'down'"},
                                                 {{{"order", Json::array()}}, "the list is empty"},
                                                 {{{"stages", -1}}, "must not be negative"},
                                                 {{{"noise", 0}}, "must be above 0"},
                                                 {{{"bins", 1}}, "bins: must be at least 2"},
                                                 {{{"init", "zero"}}, "init"}})
    EXPECT_THAT([&] { randomization(settings); }, testing::ThrowsMessage<ConfigError>(HasSubstr(message)));
}

}  // namespace
}  // namespace assay
