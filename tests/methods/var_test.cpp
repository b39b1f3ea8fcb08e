#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "harness/network/tensor.h"
#include "methods/competition.h"
#include "tests/methods/make.h"
#include "tests/toy.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;
using Classes = std::vector<std::int64_t>;

constexpr std::int64_t kPlane = 5;

/// Five classes whose gradients are known: the weights, times `scale`.
Network known_gradients(double scale = 1) {
  Toy toy(kPlane, kPlane);
  toy.add(Kind::linear, "logits", {0}, {}, {normal({5, 3 * kPlane * kPlane}, 70) * scale});
  return toy.network("known");
}

Tensor gradient_of(const Network& network, std::int64_t target) {
  return network.layers()[1].weight()[target].view({3, kPlane, kPlane}).to(at::kDouble);
}

Subject contested(const Network& network, std::int64_t images = 2) {
  const std::vector<std::string> names{"first", "second", "third"};
  return Subject(network, normal({images, 3, kPlane, kPlane}, 71).abs(),
                 {names.begin(), names.begin() + images}, 4, {.batch = 4});
}

Json over_gradient(Json more) {
  more["of"] = "grad";
  more["score"] = "logit";
  return more;
}

/// One published form as papers.md 1.1 writes it, number by number.
struct Form {
  std::vector<double> factors;
  bool abs, common;
  double tau;
};
const Form kPage{{1}, false, false, 5e-3}, kCode{{10}, true, false, 0.01},
    kTemperatures{{1, 1.0 / 5, 1.0 / 100}, false, true, 5e-3};

Tensor slow_var(const Network& network, const Classes& classes, std::int64_t target, const Form& form) {
  double largest = 0;
  std::vector<Tensor> maps;
  for (const std::int64_t one : classes) {
    maps.push_back(gradient_of(network, one).reshape({-1}));
    largest = std::max(largest, maps.back().abs().max().item<double>());
  }
  const double scale = form.common ? largest : 1;
  Tensor result = at::zeros({3 * kPlane * kPlane}, at::kDouble);
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    double share = 0, own = 0;
    for (const double factor : form.factors) {
      double above = 0, below = 0;
      for (std::size_t k = 0; k < classes.size(); ++k) {
        const double a = maps[k][i].item<double>();
        const double e = std::exp(factor * (form.abs ? std::abs(a) : a) / scale);
        below += e;
        if (classes[k] == target) above = e, own = a;
      }
      share += above / below / static_cast<double>(form.factors.size());
    }
    if (share - 1.0 / static_cast<double>(classes.size()) > form.tau) result[i] = own * share;
  }
  return result.view({3, kPlane, kPlane});
}

TEST(Var, EqualsThePublishedForms) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  const std::vector<Query> queries{{0, 3}, {1, 1}};
  const std::vector<std::pair<const char*, const Form*>> forms{
      {"page", &kPage}, {"code", &kCode}, {"temperatures", &kTemperatures}};
  std::vector<Tensor> found;
  for (const auto& [name, form] : forms) {
    const Json settings = over_gradient({{"classes", {0, 1, 3, 4}}, {"form", name}});
    const Attribution var = make("var", settings)->attribute(subject, queries);
    for (std::int64_t q = 0; q < 2; ++q) {
      const Tensor expected = slow_var(network, {0, 1, 3, 4}, queries[q].target, *form);
      EXPECT_TRUE(at::allclose(var.raw[q], expected, 1e-9, 1e-12)) << name << q;
      const double surviving = (expected != 0).any(0).to(at::kDouble).mean().item<double>();
      EXPECT_EQ(var.figures.at(0).name, "surviving");
      EXPECT_EQ(var.figures.at(0).values[q].item<double>(), surviving) << name << q;
      EXPECT_GT(surviving, 0.1);
      EXPECT_LT(surviving, 1);
      EXPECT_EQ(var.reasons.at(static_cast<std::size_t>(q)), "");
    }
    found.push_back(var.raw);
  }
  EXPECT_FALSE(at::allclose(found[0], found[1]) || at::allclose(found[0], found[2]));
  // the keys of a form can be changed one by one
  const Form mixed{{4}, false, true, 0.1};
  const Json settings = over_gradient({{"classes", {0, 1, 3, 4}},
                                       {"form", "code"},
                                       {"temperature", 4},
                                       {"abs", false},
                                       {"common_scale", true},
                                       {"tau", 0.1}});
  const Tensor changed = make("var", settings)->attribute(subject, queries).raw[0];
  EXPECT_TRUE(at::allclose(changed, slow_var(network, {0, 1, 3, 4}, 3, mixed), 1e-9, 1e-12));
}

/// Softmax 1 and 1 - 1/K = 0 would pass no threshold: a class without rivals keeps its map.
TEST(Var, OfOneClassIsTheBase) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  const std::vector<Query> queries{{0, 2}};
  const Tensor base = make("grad", {{"score", "logit"}})->attribute(subject, queries).raw;
  for (const char* form : {"page", "code", "temperatures"}) {
    const Json settings = over_gradient({{"classes", {2}}, {"form", form}});
    const Attribution var = make("var", settings)->attribute(subject, queries);
    EXPECT_TRUE(at::equal(var.raw, base)) << form;
    EXPECT_EQ(var.figures[0].values.item<double>(), 1);
  }
}

TEST(Var, DependsOnTheScaleUnlessItIsCommon) {
  const Network network = known_gradients(), faint = known_gradients(1e-4);
  Subject subject = contested(network), faint_subject = contested(faint);
  const std::vector<Query> queries{{0, 3}};
  const Json classes{{"classes", {0, 1, 3, 4}}};
  Json settings = over_gradient(classes);
  settings["form"] = "code";
  const Attribution empty = make("var", settings)->attribute(faint_subject, queries);
  EXPECT_EQ(empty.raw.abs().max().item<double>(), 0);
  EXPECT_EQ(empty.figures[0].values.item<double>(), 0);
  EXPECT_THAT(empty.reasons.at(0), HasSubstr("a matter of scale"));
  settings["common_scale"] = true;
  for (const Json& free : {settings, over_gradient(classes)}) {  // without a form the scale is common too
    const Tensor one = make("var", free)->attribute(subject, queries).raw;
    const Tensor other = make("var", free)->attribute(faint_subject, queries).raw;
    EXPECT_TRUE(at::allclose(one, other * 1e4, 1e-5, 1e-7));
    EXPECT_GT(other.abs().max().item<double>(), 0);
  }
}

TEST(Var, QueriesDoNotDependOnTheirCompany) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  subject.know_classes(0, {4, 0, 2, 4});
  subject.know_classes(1, {1, 3});
  const auto var = make("var", over_gradient(Json::object()));
  const std::vector<Query> together{{0, 2}, {1, 3}, {0, 4}, {0, 1}, {1, 1}};
  const Tensor maps = var->attribute(subject, together).raw;
  for (std::size_t q = 0; q < together.size(); ++q) {
    const std::vector<Query> alone{together[q]};
    EXPECT_TRUE(at::equal(var->attribute(subject, alone).raw[0], maps[static_cast<std::int64_t>(q)])) << q;
  }
  const Form common{{10}, true, true, 0.01};
  EXPECT_TRUE(at::allclose(maps[0], slow_var(network, {0, 2, 4}, 2, common), 1e-9, 1e-12));
  EXPECT_TRUE(at::allclose(maps[3], slow_var(network, {0, 1, 2, 4}, 1, common), 1e-9, 1e-12));
}

TEST(Var, AnImageWhoseClassesAreUnknownFailsAlone) {
  Subject subject = contested(known_gradients());
  subject.know_classes(1, {1, 3});
  const std::vector<Query> queries{{0, 1}, {1, 3}};
  const auto var = make("var", over_gradient(Json::object()));
  const Attribution found = var->attribute(subject, queries);
  EXPECT_TRUE(at::isnan(found.raw[0]).all().item<bool>());
  EXPECT_TRUE(at::isfinite(found.raw[1]).all().item<bool>());
  EXPECT_THAT(found.reasons[0], HasSubstr("needs to know the classes on the image"));
  EXPECT_EQ(found.reasons[1], "");
  const std::vector<Query> unknown{{0, 1}};
  EXPECT_EQ(var->attribute(subject, unknown).raw.sizes(), (Classes{1, 1, 1, 1}));
}

TEST(Var, ChoosesTheClassesThatCompete) {
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

TEST(Var, CostsKTimesTheBaseAndDoesSharedWorkOnce) {
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
  cost = share_of(subject.bill(), 3);
  EXPECT_EQ(cost.forwards, 1);
  EXPECT_EQ(cost.backwards, 4);
  EXPECT_EQ(subject.done().backwards - before, 4);

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

TEST(Var, ForwardsWhatTheBaseSays) {
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
  EXPECT_EQ(make("var", over_gradient(Json::object()))->view().reduce, "sum");
  EXPECT_TRUE(make("var", over_gradient(Json::object()))->view().positive);
  EXPECT_EQ(var->view().clamp, base->view().clamp);
  Subject subject(network, normal({1, 3, 8, 8}, 72).abs(), {"one"}, 1, {.batch = 4});
  const std::vector<Query> query{{0, 1}};
  const Attribution lrp = make("var", {{"of", "lrp"}, {"classes", {0, 1}}})->attribute(subject, query);
  const Attribution plain = make("lrp")->attribute(subject, query);
  ASSERT_EQ(lrp.figures.size(), 2u);
  EXPECT_EQ(lrp.figures[1].name, "relevance kept");
  EXPECT_TRUE(at::equal(lrp.figures[1].values, plain.figures[0].values));
}

TEST(Var, RefusesWhatItCannotWrap) {
  EXPECT_THAT(error_of("var", {{"of", "gradd"}}), HasSubstr("of: unknown name 'gradd'; known: grad,"));
  EXPECT_THAT(error_of("var", {{"of", "agreement"}}), HasSubstr("of: "));
  EXPECT_THAT(error_of("var", {{"of", "var"}}), HasSubstr("of: 'var' cannot be wrapped"));
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
  const Form form{{2}, false, false, 0.05};
  Json settings = over_gradient({{"classes", {0, 2}},
                                 {"class_b", 3},
                                 {"form", "code"},
                                 {"temperature", 2},
                                 {"abs", false},
                                 {"tau", 0.05}});
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
