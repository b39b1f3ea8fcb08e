#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "tests/run/toy_plan.h"

namespace assay {
namespace {

using test::error_text;
using test::kOneMetric;
using test::plan_error;
using test::toy_plan;
using test::toy_world;
using testing::HasSubstr;
using testing::StartsWith;

TEST(PlanMistakes, AMissingLayerIsAnErrorButAnUnsuitableOneIsSkipped) {
  EXPECT_THAT(plan_error("methods:\n  - {method: mwp, layer: pool9}\n" + kOneMetric),
              StartsWith("c.yaml:9:19: methods[0].layer: "));
  EXPECT_THAT(
      plan_error("methods:\n  - {method: c-mwp, layer: {toy: pool1}, contrast: {toy: mena}}\n" + kOneMetric),
      AllOf(StartsWith("c.yaml:9:53: methods[0].contrast.toy: "), HasSubstr("mean")));
  const Plan made = toy_plan("methods:\n  - {method: c-mwp, layer: classes, contrast: mean}\n" + kOneMetric);
  EXPECT_THAT(made.experiments[0].roster->explanations[0].unsupported, HasSubstr("does not feed"));
  EXPECT_TRUE(made.experiments[0].roster->raws.empty());
}

TEST(PlanMistakes, MistakesHaveTheirPlace) {
  const std::string methods = "methods: [{method: occ}]\n";
  EXPECT_EQ(plan_error(methods + kOneMetric + "metods: 1\n").substr(0, 34),
            "c.yaml:10:1: metods: unknown key; ");
  EXPECT_THAT(plan_error("methods:\n  - {method: ocx}\n" + kOneMetric),
              StartsWith("c.yaml:9:6: methods[0].method: unknown name 'ocx'; known: occ, "));
  EXPECT_THAT(plan_error("methods:\n  - {method: occ, pach: 3}\n" + kOneMetric),
              StartsWith("c.yaml:9:19: methods[0].pach: unknown key; known: patch, "));
  EXPECT_EQ(plan_error("methods:\n  - {method: occ, patch: 1.5}\n" + kOneMetric),
            "c.yaml:9:19: methods[0].patch: expected an integer, got 1.5");
  EXPECT_EQ(plan_error("methods:\n  - {method: occ, patch: 0}\n" + kOneMetric),
            "c.yaml:9:19: methods[0].patch: must be at least 1");
  EXPECT_EQ(plan_error("methods:\n  - {method: occ}\n  - {method: occ, patch: 3}\n" + kOneMetric),
            "c.yaml:10:5: methods[1].name: 'occ' is the name of an earlier one");
  EXPECT_EQ(
      plan_error("methods:\n  - {method: agreement, of: [a, b]}\n  - {name: a, method: occ}\n" + kOneMetric),
      "c.yaml:9:25: methods[0].of: no single map is called 'b'; known: a");
  EXPECT_EQ(plan_error(methods),
            "c.yaml:1:1: metrics: expected a list, for example: [{metric: confidence-gain}]");
  EXPECT_THAT(
      plan_error(methods + "metrics: [{metric: scg}]\n"),
      AllOf(HasSubstr("metrics[0].metric: unknown name 'scg'; known: "), HasSubstr("confidence-gain")));
  EXPECT_EQ(plan_error(methods + "metrics: [{metric: confidence-gain, protocols: [papers]}]\n"),
            "c.yaml:9:37: metrics[0].protocols: unknown protocol 'papers'; known: paper");
  EXPECT_EQ(plan_error(methods + kOneMetric + "experiments: [{dataset: six, network: tay}]\n"),
            "c.yaml:10:30: experiments[0].network: unknown name 'tay'; known: toy");
  EXPECT_EQ(plan_error(methods + kOneMetric + "block: 0\n"), "c.yaml:10:1: block: must be at least 1");
}

TEST(PlanMistakes, AProtocolsMistakeIsReportedAtTheProtocol) {
  EXPECT_EQ(
      plan_error("protocols:\n  - {name: x, methods: {occ: {patch: wide}}}\nmethods: [{method: occ}]\n" +
                 kOneMetric),
      "c.yaml:9:31: protocols[0].methods.occ.patch: expected an integer, got \"wide\"");
}

TEST(PlanMistakes, GrowthThatIsNotObservedIsNotScored) {
  const std::string head = "methods: [{method: occ}]\n";
  EXPECT_EQ(
      plan_error(head + "metrics: [{metric: confidence-gain, limit: 49}]\n"),
      "c.yaml:9:37: metrics[0].limit: 49 growth steps are observed, but protocol 'paper' scores 50; raise "
      "it, or lower the protocol's growth_limit");
  const std::string far = "protocols: [{name: far, scores: {confidence-gain: {growth_limit: 101}}}]\n" + head;
  EXPECT_THAT(plan_error(far + kOneMetric), AllOf(HasSubstr(": metrics[0].limit: 100 growth steps"),
                                                  HasSubstr("protocol 'far' scores 101")));
  EXPECT_EQ(toy_plan(head + "metrics: [{metric: confidence-gain, limit: 50}]\n").experiments.size(), 1u);
}

TEST(PlanMistakes, TwoMetricEntriesDoNotShareARow) {
  const std::string head = "protocols: [paper, {name: other}]\nmethods: [{name: o, method: occ}]\n";
  const auto two = [&](const std::string& more) {
    return head +
           "metrics:\n  - {metric: confidence-gain, rho: 0.25, base: zero}\n  - {metric: confidence-gain, " +
           more + "}\n";
  };
  EXPECT_THAT(
      plan_error(two("rho: 0.25, base: zero, ties: random")),
      HasSubstr(
          ": metrics[1]: gives row 'o', rho=0.25 base=zero of protocol 'paper' as metrics[0] does, with "
          "other settings; give one of the two to another protocol"));
  EXPECT_EQ(toy_plan(two("rho: 0.25, base: zero")).experiments[0].roster->rows.size(), 2u);
  EXPECT_EQ(toy_plan(two("rho: 0.1, base: zero, ties: random")).experiments[0].roster->rows.size(), 4u);
}

TEST(PlanMistakes, MissingFilesAreMistakesOfTheConfiguration) {
  const auto with = [](const std::vector<std::string>& overrides) {
    return error_text<ConfigError>(
        [&] { make_plan(toy_world().config("methods: [{method: occ}]\n" + kOneMetric, overrides)); });
  };
  EXPECT_THAT(with({"datasets.six.path=/no/list.txt"}),
              AllOf(StartsWith("--set datasets.six.path=/no/list.txt: datasets[0].path: "),
                    HasSubstr("/no/list.txt")));
  EXPECT_THAT(with({"networks.toy.path=/no/net"}),
              AllOf(HasSubstr("networks[0].path: "), HasSubstr("/no/net")));
  EXPECT_THAT(with({"networks.toy.path='builtin:vgg'"}),
              HasSubstr("networks[0].path: unknown built-in network 'vgg'"));
  EXPECT_THAT(with({"networks.toy.image=round"}), HasSubstr("networks[0].image: "));
  EXPECT_THAT(with({"datasets.six.kind=lst"}),
              HasSubstr("datasets[0].kind: unknown name 'lst'; known: list, "));
  EXPECT_THAT(with({"numerics.device=tpu"}),
              HasSubstr("numerics.device: unknown word 'tpu'; known: auto, cpu, cuda"));
}

}  // namespace
}  // namespace assay
