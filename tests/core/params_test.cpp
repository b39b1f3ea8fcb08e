#include "harness/core/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace assay {
namespace {

using testing::ElementsAre;

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::shared_ptr<Locations> places() {
  auto locations = std::make_shared<Locations>();
  locations->file = "table.yaml";
  locations->places = {{"", {1, 1, ""}},
                       {"/methods", {4, 3, ""}},
                       {"/methods/1", {7, 5, ""}},
                       {"/methods/1/stride", {9, 15, ""}},
                       {"/methods/1/patch", {0, 0, "--set methods.1.patch=x"}}};
  return locations;
}

Params method_params(Json values) {
  return Params(std::move(values), "/methods/1", places());
}

TEST(Params, ReadsValuesAndRemembersDefaults) {
  Params params({{"patch", 50}, {"fill", 0.5}, {"on", true}, {"word", "x"}, {"sizes", {1, 2}}, {"one", 3}});
  EXPECT_EQ(params.get<int>("patch", 10, "size"), 50);
  EXPECT_EQ(params.get<std::int64_t>("stride", 10, "step"), 10);
  EXPECT_EQ(params.get<double>("fill", 0, "value"), 0.5);
  EXPECT_TRUE(params.get<bool>("on", false, "flag"));
  EXPECT_EQ(params.require<std::string>("word", "text"), "x");
  EXPECT_THAT(params.get<std::vector<int>>("sizes", {}, "list"), ElementsAre(1, 2));
  EXPECT_THAT(params.get<std::vector<int>>("one", {}, "a single value is a list of one"), ElementsAre(3));
  params.finish();
  EXPECT_EQ(params.resolved().dump(),
            R"({"fill":0.5,"on":true,"one":[3],"patch":50,"sizes":[1,2],"stride":10,"word":"x"})");
}

TEST(Params, IntegersAreNumbersButNotTheOtherWayRound) {
  Params params({{"a", 2}, {"b", 2.7}, {"c", true}, {"d", "5"}, {"e", 5000000000}});
  EXPECT_EQ(params.get<double>("a", 0, ""), 2.0);
  EXPECT_EQ(message_of([&] { params.get<int>("b", 0, ""); }), "b: expected an integer, got 2.7");
  EXPECT_EQ(message_of([&] { params.get<double>("c", 0, ""); }), "c: expected a number, got true");
  EXPECT_EQ(message_of([&] { params.get<int>("d", 0, ""); }), "d: expected an integer, got \"5\"");
  EXPECT_EQ(message_of([&] { params.get<int>("e", 0, ""); }), "e: expected an integer, got 5000000000");
  EXPECT_EQ(params.get<std::int64_t>("e", 0, ""), 5000000000);
  EXPECT_EQ(message_of([&] { params.get<std::string>("a", "", ""); }), "a: expected text, got 2");
  EXPECT_EQ(message_of([&] { params.get<bool>("a", false, ""); }), "a: expected true or false, got 2");
  EXPECT_EQ(message_of([&] { params.get<std::vector<double>>("d", {}, ""); }),
            "d: expected a list of numbers, got \"5\"");
}

TEST(Params, ErrorsNameFileLineColumnAndPath) {
  Params params = method_params({{"stride", "ten"}});
  EXPECT_EQ(message_of([&] { params.get<int>("stride", 10, ""); }),
            "table.yaml:9:15: methods[1].stride: expected an integer, got \"ten\"");
}

TEST(Params, ValueFromTheCommandLineNamesIt) {
  Params params = method_params({{"patch", "x"}});
  EXPECT_EQ(message_of([&] { params.get<int>("patch", 10, ""); }),
            "--set methods.1.patch=x: methods[1].patch: expected an integer, got \"x\"");
}

TEST(Params, UnwrittenNodeIsReportedAtItsNearestAncestor) {
  Params params = method_params(Json::object());
  EXPECT_EQ(message_of([&] { params.require<std::string>("layer", "where the map is read"); }),
            "table.yaml:7:5: methods[1]: missing key 'layer' (where the map is read)");
  EXPECT_EQ(message_of([&] { params.fail("view", "no"); }), "table.yaml:7:5: methods[1].view: no");
}

TEST(Params, MovedNodeIsReportedWhereItWasWritten) {
  auto locations = places();
  locations->moved["/protocols/0/patch"] = "/methods/1/stride";
  const Params params(Json::object(), "/protocols/0", locations);
  EXPECT_EQ(message_of([&] { params.fail("patch", "no"); }), "table.yaml:9:15: methods[1].stride: no");
}

TEST(Params, UnreadKeyIsAnErrorThatNamesNearKeys) {
  Params params = method_params({{"strid", 5}});
  params.get<int>("patch", 10, "");
  params.get<int>("stride", 10, "");
  EXPECT_EQ(message_of([&] { params.finish(); }),
            "table.yaml:7:5: methods[1].strid: unknown key; known: stride, patch");
}

TEST(Params, ChoiceListsItsWords) {
  Params params(Json{{"ties", "randm"}, {"mask", "authors"}});
  EXPECT_EQ(message_of([&] {
              params.choice("ties", "row-major", {"row-major", "random"}, "");
            }),
            "ties: unknown word 'randm'; known: row-major, random");
  EXPECT_EQ(params.choice("mask", "exact", {"exact", "authors"}, ""), "authors");
  EXPECT_EQ(params.choice("other", "b", {"a", "b"}, ""), "b");
}

TEST(Params, ChildrenKnowTheirPlace) {
  const Params root({{"methods", {{{"name", "occ"}}, {{"name", "grad"}, {"stride", true}}}}}, "", places());
  std::vector<Params> methods = root.children("methods");
  ASSERT_EQ(methods.size(), 2u);
  EXPECT_EQ(methods[0].require<std::string>("name", ""), "occ");
  EXPECT_EQ(message_of([&] { methods[1].get<int>("stride", 1, ""); }),
            "table.yaml:9:15: methods[1].stride: expected an integer, got true");
  EXPECT_TRUE(root.children("absent").empty());
  root.finish();
  EXPECT_EQ(message_of([] { Params(Json{{"methods", 3}}).children("methods"); }), "methods: expected a list");
}

TEST(Params, ChildIsEmptyWhenAbsentAndMustHoldKeys) {
  const Params root(Json{{"numerics", {{"batch", 8}}}, {"run", 5}});
  EXPECT_EQ(root.child("numerics").get<int>("batch", 32, ""), 8);
  EXPECT_EQ(root.child("other").get<int>("batch", 32, ""), 32);
  EXPECT_EQ(message_of([&] { root.child("run"); }), "run: expected keys and values, got 5");
}

TEST(Params, DescribingCollectsDocumentation) {
  Params params = Params::describing();
  EXPECT_EQ(params.require<std::string>("layer", "where"), "");
  EXPECT_EQ(params.get<int>("stride", 10, "step"), 10);
  params.choice("ties", "random", {"row-major", "random"}, "order");
  ASSERT_EQ(params.docs().size(), 3u);
  EXPECT_EQ(params.docs()[0].fallback, "required");
  EXPECT_EQ(params.docs()[1].type, "an integer");
  EXPECT_EQ(params.docs()[1].fallback, "10");
  EXPECT_EQ(params.docs()[2].type, "row-major | random");
}

TEST(NearestNames, SortsByEditDistanceAndCuts) {
  EXPECT_EQ(nearest_names("grda", {"occ", "mwp", "graph", "grad"}), "grad, graph, occ, mwp");
  EXPECT_EQ(nearest_names("a", {"x", "b", "a"}, 2), "a, x, ...");
  EXPECT_EQ(nearest_names("layr3", {"relu3", "layer3.0.conv1", "pool2/3x3"}),
            "layer3.0.conv1, relu3, pool2/3x3");
}

TEST(Params, AreReadByTwoThings) {
  Params outer = method_params({{"form", "page"}, {"patch", 5}, {"strid", 2}});
  EXPECT_EQ(outer.get<std::string>("form", "code", "of the outer one"), "page");
  const std::array<std::string_view, 1> mine{"form"};
  Params inner = outer.without(mine);
  EXPECT_EQ(inner.get<std::string>("form", "mean", "of the inner one"), "mean");
  EXPECT_EQ(inner.get<int>("patch", 10, "size"), 5);
  EXPECT_EQ(message_of([&] { inner.fail("stride", "no"); }), "table.yaml:9:15: methods[1].stride: no");
  outer.join(inner);
  EXPECT_EQ(outer.resolved(), (Json{{"form", "page"}, {"patch", 5}}));
  ASSERT_EQ(outer.docs().size(), 2u);
  EXPECT_EQ(outer.docs()[0].doc, "of the outer one");
  EXPECT_NE(message_of([&] { outer.finish(); }).find("strid: unknown key; known: "), std::string::npos);
  EXPECT_NE(message_of([&] { outer.finish(); }).find("patch"), std::string::npos);
}

}  // namespace
}  // namespace assay
