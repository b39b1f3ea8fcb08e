#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/vision/vision.h"
#include "tests/methods/known_gradients.h"

namespace assay::test {
namespace {

using ::testing::HasSubstr;

TEST(Var, EqualsThePublishedForms) {
  const Network network = known_gradients();
  Subject subject = contested(network);
  const std::vector<Query> queries{{0, 3}, {1, 1}};
  const std::vector<std::pair<const char*, const PublishedForm*>> forms{
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
  const PublishedForm mixed{{4}, false, true, 0.1};
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
    Subject other = contested(network);
    other.know_classes(0, {4, 0, 2, 4});
    other.know_classes(1, {1, 3});
    const std::vector<Query> alone{together[q]};
    EXPECT_TRUE(at::equal(var->attribute(other, alone).raw[0], maps[static_cast<std::int64_t>(q)])) << q;
  }
  const PublishedForm common{{10}, false, true, 0.01};
  EXPECT_TRUE(at::allclose(maps[0], slow_var(network, {0, 2, 4}, 2, common), 1e-9, 1e-12));
  EXPECT_TRUE(at::allclose(maps[3], slow_var(network, {0, 1, 2, 4}, 1, common), 1e-9, 1e-12));
}

TEST(Var, CoarseMapsCompeteAtTheSizeOfTheInput) {
  Toy toy(8, 8);
  const int pool =
      toy.add(Kind::max_pool, "pool", {toy.conv("conv", 0, 3, 6, 3)}, {.kernel = {2, 2}, .stride = {2, 2}});
  toy.linear("logits", toy.add(Kind::global_avg_pool, "average", {pool}), 6, 4);
  Subject subject(toy.network(), normal({1, 3, 8, 8}, 12).abs() * 50, {"coarse"}, 1, {.batch = 4});
  const std::vector<Query> all{{0, 0}, {0, 1}, {0, 3}}, one{{0, 1}};
  const Tensor coarse = make("grad-cam", {{"layer", "pool"}})->attribute(subject, all).raw;
  ASSERT_EQ(coarse.size(2), 4);
  const Tensor maps = resize_bilinear(coarse, 8, 8), scaled = maps / maps.abs().max();
  const Tensor shares = (10 * scaled).softmax(0);
  const Tensor expected = at::where(shares[1] - 1.0 / 3 > 0.01, maps[1] * shares[1], at::zeros_like(maps[1]));
  EXPECT_GT(expected.abs().max().item<double>(), 0);
  const Json settings{{"of", "grad-cam"}, {"layer", "pool"}, {"classes", {0, 1, 3}}};
  EXPECT_TRUE(at::allclose(make("var", settings)->attribute(subject, one).raw[0], expected, 1e-9, 1e-12));
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

}  // namespace
}  // namespace assay::test
