#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "methods/competition.h"
#include "tests/methods/known_gradients.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

TEST(VarWrapper, ChoosesTheClassesThatCompete) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  const Tensor order = std::get<1>(at::sort(subject.logits()[1], 0, /*descending=*/true));
  const auto ranked = [&](std::int64_t i) { return order[i].item<std::int64_t>(); };
  const auto rivals = [&](Json settings, Classes wanted) {
    Params params(std::move(settings));
    return Competition(params).rivals(subject, 1, wanted);
  };
  const auto sorted = [](Classes classes) {
    std::sort(classes.begin(), classes.end());
    return classes;
  };
  const Json top{{"classes", "top-k"}};
  EXPECT_EQ(rivals(top, {ranked(0)}), sorted({ranked(0), ranked(1), ranked(4)}));
  EXPECT_EQ(rivals(top, {ranked(4)}), sorted({ranked(0), ranked(1), ranked(4)}));
  // a class that is not among them comes first, and the list is cut to k + 1
  EXPECT_EQ(rivals(top, {ranked(2)}), sorted({ranked(2), ranked(0), ranked(1)}));
  EXPECT_EQ(rivals({{"classes", "top-k"}, {"k", 9}}, {2}), (Classes{0, 1, 2, 3, 4}));
  EXPECT_EQ(rivals({{"classes", {3, 1, 3}}}, {1}), (Classes{1, 3}));
  EXPECT_EQ(rivals({{"classes", {3, 1}}}, {0, 4}), (Classes{0, 1, 3, 4}));
  EXPECT_TRUE(rivals(Json::object(), {1}).empty());
  subject.know_classes(1, {4, 2});
  EXPECT_EQ(rivals(Json::object(), {3}), (Classes{2, 3, 4}));
}

TEST(VarWrapper, CostsKTimesTheBaseAndDoesSharedWorkOnce) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  subject.know_classes(0, {0, 1, 2, 3});
  const auto var = make("var", over_gradient(Json::object()));
  EXPECT_EQ(var->price(network).backwards, 4);
  subject.bill();
  const std::vector<Query> one{{0, 1}}, three{{0, 1}, {0, 2}, {0, 3}};
  var->attribute(subject, one);
  Cost cost = subject.bill();
  EXPECT_EQ(cost.forwards, 1);
  EXPECT_EQ(cost.backwards, 4);
  const std::int64_t before = subject.done().backwards;
  var->attribute(subject, three);
  cost = subject.bill();
  EXPECT_EQ(cost.forwards, 1);
  EXPECT_EQ(cost.backwards, 4);
  EXPECT_EQ(subject.done().backwards, before);

  const auto top = make("var", over_gradient({{"classes", "top-k"}, {"k", 3}}));
  EXPECT_EQ(top->price(network).forwards, 5);
  EXPECT_EQ(top->price(network).backwards, 4);
  const auto sampled = make("var", {{"of", "rise"}, {"masks", 10}});
  EXPECT_EQ(sampled->price(network).forwards, 10);
  EXPECT_EQ(sampled->shared_work(), make("rise", {{"masks", 10}})->shared_work());
  subject.bill();
  sampled->attribute(subject, one);
  EXPECT_EQ(subject.bill().forwards, 10);
}

TEST(VarWrapper, ForwardsWhatTheBaseSays) {
  Toy toy(8, 8);
  const int relu = toy.add(Kind::leaky_relu, "relu", {toy.conv("conv", 0, 3, 6, 3)}, {.slope = 0.3});
  const int high = toy.conv("high", relu, 6, 5, 3);
  toy.linear("logits", toy.add(Kind::global_avg_pool, "average", {high}), 5, 4);
  const Network network = toy.network();
  const auto base = make("mwp", {{"layer", "relu"}});
  const auto var = make("var", {{"of", "mwp"}, {"layer", "relu"}, {"classes", {0, 1}}});
  EXPECT_EQ(var->layer_keys(), base->layer_keys());
  EXPECT_EQ(var->note(network), "inputs clamped at 0");
  EXPECT_EQ(var->note(network), base->note(network));
  EXPECT_FALSE(var->unsupported(network));
  EXPECT_EQ(make("var", {{"of", "mwp"}, {"layer", "rel"}})->unsupported(network),
            make("mwp", {{"layer", "rel"}})->unsupported(network));
  EXPECT_EQ(make("var", over_gradient({{"classes", {1, 4}}}))->unsupported(network),
            "classes: 4 is not an output of the network, which has 4");
  EXPECT_TRUE(make("var", {{"of", "random"}})->uses_seed());
  EXPECT_FALSE(var->uses_seed());
  EXPECT_EQ(make("var", over_gradient(Json::object()))->view().reduce, "sum-positive");
  Subject subject(network, normal({1, 3, 8, 8}, 72).abs(), {"one"}, 1, {.batch = 4});
  const std::vector<Query> query{{0, 1}};
  const Attribution lrp = make("var", {{"of", "lrp"}, {"classes", {0, 1}}})->attribute(subject, query);
  const Attribution plain = make("lrp")->attribute(subject, query);
  ASSERT_EQ(lrp.figures.size(), 2u);
  EXPECT_EQ(lrp.figures[1].name, "relevance_kept");
  EXPECT_TRUE(at::equal(lrp.figures[1].values, plain.figures[0].values));
}

TEST(VarWrapper, RefusesWhatItCannotWrap) {
  EXPECT_THAT(error_of("var", {{"of", "gradd"}}), HasSubstr("of: unknown name 'gradd'; known: grad,"));
  EXPECT_THAT(error_of("var", {{"of", "agreement"}}), HasSubstr("of: 'agreement' has no raw attribution"));
  EXPECT_THAT(error_of("var", {{"of", "var"}}), HasSubstr("of: 'var' has no raw attribution"));
  EXPECT_THAT(error_of("var", {{"of", "grad"}, {"patch", 3}}), HasSubstr("patch: unknown key; known: "));
  EXPECT_THAT(error_of("var", Json::object()), HasSubstr("missing key 'of'"));
  EXPECT_EQ(error_of("var", {{"of", "grad"}, {"classes", "all"}}),
            "classes: unknown word 'all'; known: grid, top-k");
  EXPECT_EQ(error_of("var", {{"of", "grad"}, {"form", "page"}, {"temperature", {1, 2}}}),
            "temperature: takes one number in this form");
}

TEST(SharedFeatures, AreTheSmallerPartWhereNeitherWins) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  const PublishedForm form{{2}, false, false, 0.2};
  Json settings = over_gradient({{"classes", {0, 2}},
                                 {"class_b", 3},
                                 {"form", "code"},
                                 {"temperature", 2},
                                 {"abs", false},
                                 {"tau", 0.2}});
  const std::vector<Query> queries{{0, 1}, {0, 3}};
  const Attribution found = make("shared-features", settings)->attribute(subject, queries);
  const Classes classes{0, 1, 2, 3};
  const Tensor a = gradient_of(network, 1), b = gradient_of(network, 3);
  const Tensor won = slow_var(network, classes, 1, form).ne(0) | slow_var(network, classes, 3, form).ne(0);
  const Tensor expected = at::where(won, at::zeros_like(a), at::minimum(a, b).clamp_min(0));
  EXPECT_TRUE(at::allclose(found.raw[0], expected, 1e-9, 1e-12));
  EXPECT_GT(expected.max().item<double>(), 0);
  EXPECT_LT((expected > 0).sum().item<std::int64_t>(), (at::minimum(a, b) > 0).sum().item<std::int64_t>());
  EXPECT_EQ(found.reasons[1], "class_b is the class that is explained");
  EXPECT_TRUE(at::isnan(found.raw[1]).all().item<bool>());

  settings["class_b"] = -1;
  const std::vector<Query> best{{0, subject.predicted(0)}};
  const std::int64_t second =
      std::get<1>(at::sort(subject.logits()[0], 0, /*descending=*/true))[1].item<std::int64_t>();
  const Tensor automatic = make("shared-features", settings)->attribute(subject, best).raw;
  settings["class_b"] = second;
  EXPECT_TRUE(at::equal(automatic, make("shared-features", settings)->attribute(subject, best).raw));
  settings["class_b"] = 5;
  EXPECT_EQ(make("shared-features", settings)->unsupported(network),
            "class_b: the network has 5 outputs, none of them 5");
}

}  // namespace
}  // namespace assay::test
