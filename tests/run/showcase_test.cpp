#include "harness/run/showcase.h"

#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "tests/run/unit_world.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kMany =
    "methods:\n"
    "  - {name: o4, method: occ, patch: 4, stride: 4}\n"
    "  - {name: o8, method: occ, patch: 8, stride: 4}\n"
    "  - {name: g0, method: grad}\n"
    "  - {name: g2, method: grad, dilations: 2}\n"
    "  - {name: both, method: agreement, of: [o8, g2]}\n"
    "  - {name: e, method: edge}\n";

std::vector<std::string> names_of(const std::vector<Exhibit>& exhibits) {
  std::vector<std::string> names;
  for (const Exhibit& one : exhibits) names.push_back(one.name);
  return names;
}

Showcase showcase(const std::string& yaml, const std::string& protocol = "paper") {
  return showcase_of(*test::plan(yaml).experiments[0].roster, protocol);
}

TEST(Showcase, ParametersAreTheMethodsWithSeveralConfigurations) {
  const Showcase made = showcase(kMany + test::kMetric);
  ASSERT_EQ(made.parameters.size(), 2u);
  EXPECT_THAT(names_of(made.parameters[0]), ElementsAre("o4", "o8"));
  EXPECT_THAT(names_of(made.parameters[1]), ElementsAre("g0", "g2"));
  EXPECT_EQ(made.parameters[0][1].settings, "patch 8");
  EXPECT_EQ(made.parameters[1][0].settings, "dilations 0");
}

TEST(Showcase, MethodsAreTheConfigurationsOfThePairsOrElseTheFirst) {
  EXPECT_THAT(names_of(showcase(kMany + test::kMetric).methods), ElementsAre("o8", "g2", "e"));
  const std::string alone =
      "methods: [{name: o4, method: occ, patch: 4}, {name: o8, method: occ, patch: 8}, {method: edge}]\n";
  EXPECT_THAT(names_of(showcase(alone + test::kMetric).methods), ElementsAre("o4", "edge"));
}

TEST(Showcase, PairsAreTheIntersections) {
  const Plan plan = test::plan(kMany + test::kMetric);
  const Roster& roster = *plan.experiments[0].roster;
  const Showcase made = showcase_of(roster, "paper");
  ASSERT_THAT(names_of(made.pairs), ElementsAre("both"));
  EXPECT_EQ(roster.explanations[made.pairs[0].explanation].maps.size(), 2u);
  EXPECT_EQ(made.explanations().size(), 6u);
}

TEST(Showcase, ASingleMethodHasNeitherParametersNorPairs) {
  const Showcase made = showcase("methods: [{method: grad}]\n" + test::kMetric);
  EXPECT_THAT(made.parameters, IsEmpty());
  EXPECT_THAT(made.pairs, IsEmpty());
  EXPECT_THAT(names_of(made.methods), ElementsAre("grad"));
}

TEST(Showcase, RulesAreEachOnceInTheOrderOfThePlan) {
  EXPECT_THAT(showcase(kMany + test::kMetric).rules, ElementsAre(MaskRule{0.25}, MaskRule{0.1}));
  EXPECT_THAT(showcase(kMany + test::kMetric, "no such").rules, IsEmpty());
}

TEST(Showcase, AProtocolShowsItsOwnConfigurationsAndMasks) {
  const std::string two = "protocols: [paper, authors-code]\n" + test::kMetric +
                          "methods:\n"
                          "  - {name: o4, method: occ, patch: 4}\n"
                          "  - {name: o8, method: occ, patch: 8, protocols: [paper]}\n";
  const Showcase authors = showcase(two, "authors-code");
  EXPECT_THAT(names_of(authors.methods), ElementsAre("o4"));
  EXPECT_THAT(authors.parameters, IsEmpty());
  EXPECT_EQ(authors.rules[0].kind, MaskRule::Kind::authors);
  EXPECT_EQ(showcase(two, "paper").parameters.size(), 1u);
}

TEST(Showcase, AnUnsupportedPairIsAPairStill) {
  const Plan plan = test::plan(
      "methods:\n"
      "  - {name: g, method: grad}\n"
      "  - {name: m, method: mwp, layer: classes}\n"
      "  - {name: p, method: agreement, of: [g, m]}\n" +
      test::kMetric);
  const Roster& roster = *plan.experiments[0].roster;
  const Showcase made = showcase_of(roster, "paper");
  ASSERT_THAT(names_of(made.pairs), ElementsAre("p"));
  EXPECT_NE(roster.explanations[made.pairs[0].explanation].unsupported, "");
  EXPECT_THAT(names_of(made.methods), ElementsAre("g", "m"));
}

}  // namespace
}  // namespace assay
