#include "harness/run/plan.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/network/tensor.h"
#include "tests/error_text.h"
#include "tests/pack.h"
#include "tests/run/world.h"

namespace assay {
namespace {

using test::error_text;
using testing::HasSubstr;
using testing::StartsWith;

const test::World& world() {
  static const test::World made;
  return made;
}

const std::string kOneMetric = "metrics: [{metric: confidence-gain, rho: 0.25}]\n";

Plan toy_plan(const std::string& more, const PlanOptions& options = {}) {
  return make_plan(world().config(more), options);
}
std::string plan_error(const std::string& more, const PlanOptions& options = {}) {
  return error_text<ConfigError>([&] { toy_plan(more, options); });
}

TEST(Plan, CellsAreExplanationsTimesVariants) {
  const Plan made = toy_plan(
      "methods: [{method: occ, patch: 4, stride: 4}, {method: grad}]\nmetrics: [{metric: "
      "confidence-gain}]\n");
  ASSERT_EQ(made.experiments.size(), 1u);
  const Roster& roster = *made.experiments[0].roster;
  EXPECT_EQ(roster.raws.size(), 2u);
  EXPECT_EQ(roster.explanations.size(), 2u);
  EXPECT_EQ(roster.cells.size(), 2u * 4u);  // rho 0.25, 0.05 x base gaussian, zero
  EXPECT_EQ(roster.rows.size(), 8u);
  EXPECT_EQ(made.experiments[0].samples.size(), 6u);
  std::set<std::string> ids;
  for (const PlannedCell& cell : roster.cells) ids.insert(cell.id);
  EXPECT_EQ(ids.size(), roster.cells.size());
}

TEST(Plan, EqualCellsOfTwoProtocolsAreOneCellAndTwoRows) {
  const Plan made = toy_plan(
      "protocols: [paper, {name: eps, like: paper, scores: {confidence-gain: {epsilon: 0.001}}}, "
      "authors-code]\n"
      "methods: [{method: occ, patch: 4}]\n" +
      kOneMetric);
  const Roster& roster = *made.experiments[0].roster;
  EXPECT_EQ(roster.explanations.size(), 2u);
  EXPECT_EQ(roster.cells.size(), 4u);
  EXPECT_EQ(roster.rows.size(), 6u);
  EXPECT_EQ(roster.rows[0].cell, roster.rows[2].cell);
  EXPECT_EQ(roster.rows[2].protocol, "eps");
  const Layout layout = layout_of(made);
  EXPECT_EQ(layout.explanations[0].target, "predicted");
  EXPECT_EQ(layout.explanations[1].target, "label");
  EXPECT_EQ(layout.explanations[1].settings["formula"], Json("literal"));
  ASSERT_EQ(layout.config["protocols"].size(), 3u);
  EXPECT_EQ(layout.config["protocols"][1]["scores"]["confidence-gain"]["epsilon"], Json(0.001));
}

TEST(Plan, OwnEntryWinsOverProtocolWinsOverDefault) {
  const auto formula = [](const std::string& yaml) {
    return toy_plan(yaml + kOneMetric)
        .experiments[0]
        .roster->explanations[0]
        .settings["formula"]
        .get<std::string>();
  };
  EXPECT_EQ(formula("methods: [{method: occ}]\n"), "corrected");
  EXPECT_EQ(formula("protocols: [authors-code]\nmethods: [{method: occ}]\n"), "literal");
  EXPECT_EQ(formula("protocols: [authors-code]\nmethods: [{method: occ, formula: corrected}]\n"),
            "corrected");
}

TEST(Plan, ViewsShareOneRawMap) {
  const Plan made = toy_plan(
      "methods:\n  - {name: g0, method: grad}\n  - {name: g2, method: grad, dilations: 2}\n" + kOneMetric);
  EXPECT_EQ(made.experiments[0].roster->raws.size(), 1u);
  EXPECT_EQ(made.experiments[0].roster->explanations.size(), 2u);
}

TEST(Plan, AgreementsTakeThePartsOfTheirProtocol) {
  const Plan made = toy_plan(
      "protocols: [paper, authors-code]\n"
      "methods:\n"
      "  - {name: both, method: agreement, of: [o, g]}\n"
      "  - {name: o, method: occ}\n"
      "  - {name: g, method: grad}\n" +
      kOneMetric);
  const Roster& roster = *made.experiments[0].roster;
  EXPECT_EQ(roster.rows[0].name, "both");
  const PlannedExplanation& both = roster.explanations[roster.cells[roster.rows[0].cell].explanation];
  ASSERT_EQ(both.maps.size(), 2u);
  EXPECT_EQ(roster.raws[both.maps[0].raw].name, "occ");
  EXPECT_EQ(roster.raws[both.maps[0].raw].target, "predicted");
  EXPECT_EQ(both.settings["parts"][1]["method"], Json("grad"));
  EXPECT_EQ(roster.explanations.size(), 6u);
  EXPECT_EQ(roster.raws.size(), 4u);
}

TEST(Plan, IdentityIgnoresNamesAndOutputButNotNumerics) {
  const std::string yaml = "methods: [{name: a, method: occ}]\n" + kOneMetric;
  const auto id = [&](const std::string& text, const std::vector<std::string>& overrides) {
    const Plan made = make_plan(world().config(text, overrides));
    return made.experiments[0].id + made.experiments[0].roster->cells[0].id;
  };
  const std::string first = id(yaml, {});
  EXPECT_EQ(first, id("methods: [{name: b, method: occ, patch: 10}]\n" + kOneMetric,
                      {"output=elsewhere", "name=other", "seed=2"}));
  EXPECT_NE(first, id(yaml, {"numerics.batch=8"}));
  EXPECT_NE(first, id(yaml, {"numerics.threads=2"}));
  const std::vector<std::string> quick{"protocols=[{name: quick, like: paper}]"};
  EXPECT_NE(id(yaml, quick), id(yaml, {quick[0], "numerics.precision=bf16"}));
  EXPECT_NE(first, id(yaml, {"networks.toy.image=squash"}));
  EXPECT_NE(first, id("methods: [{method: occ, patch: 9}]\n" + kOneMetric, {}));
  const std::string random = "methods: [{method: random}]\n" + kOneMetric;
  EXPECT_NE(id(random, {}), id(random, {"seed=2"}));
}

TEST(Plan, MapsAreScaledUnderTheNamesThatTheyHadBeforeUnlessTheyAreScaledOtherwise) {
  const auto roster = [](const std::string& scale) {
    return toy_plan("methods: [{method: grad" + scale + "}]\n" + kOneMetric).experiments[0].roster;
  };
  const auto first = roster(""), same = roster(", scale: min-max"), signs = roster(", scale: max-abs");
  EXPECT_FALSE(first->explanations[0].settings.contains("scale"));
  EXPECT_EQ(first->cells[0].id, same->cells[0].id);
  EXPECT_EQ(signs->explanations[0].settings["scale"], Json("max-abs"));
  EXPECT_NE(first->cells[0].id, signs->cells[0].id);
  EXPECT_EQ(first->raws[0].id, signs->raws[0].id);
}

TEST(Plan, AMapWhoseZeroMovedGetsARemarkWhereTheSignMatters) {
  const Plan made = toy_plan(
      "methods:\n"
      "  - {name: moved, method: grad}\n"
      "  - {name: signs, method: grad, scale: max-abs}\n"
      "metrics: [{metric: localisation}, {metric: pointing-game}]\n");
  const Roster& roster = *made.experiments[0].roster;
  ASSERT_EQ(roster.rows.size(), 4u);
  for (const PlannedRow& row : roster.rows) {
    const bool reads_sign = roster.metrics[roster.cells[row.cell].metric].name == "localisation";
    EXPECT_EQ(row.note,
              reads_sign && row.name == "moved" ? "scaled by min-max: the lowest value counts as 0" : "");
  }
}

TEST(Plan, BuiltInProtocolsRefuseLessThanSinglePrecision) {
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  const auto refused = [&](const std::vector<std::string>& overrides) {
    return error_text<ConfigError>([&] { make_plan(world().config(yaml, overrides)); });
  };
  EXPECT_THAT(refused({"numerics.precision=bf16"}),
              HasSubstr("protocol 'paper' reproduces a paper in float32"));
  EXPECT_THAT(refused({"numerics.precision=fp16", "numerics.device=cpu"}),
              HasSubstr("no fp16 convolution on a CPU"));
  const std::vector<std::string> quick{"numerics.precision=bf16", "protocols=[{name: quick, like: paper}]"};
  EXPECT_EQ(make_plan(world().config(yaml, quick)).precision, at::kBFloat16);
}

TEST(Plan, TakesFormAndBatchFromATuningFile) {
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  const auto made = [&](const std::string& numerics) {
    return make_plan(world().config(yaml, {"numerics=" + numerics})).experiments[0];
  };
  const Experiment untuned = made("{batch: 16}");
  const auto file_of = [&](const InferenceSetting& best) {
    const Tuning tuning{"cpu", "here", {{"toy", untuned.network.hash().hex(), best, {{best, 1.5}}}}};
    return world().folder.write("tuning.yaml", text_of(tuning));
  };
  const auto tuned = [&](const InferenceSetting& best, const std::string& more = "") {
    return made(fmt::format("{{tuning: {}{}, device: cpu}}", file_of(best), more));
  };
  const Experiment plain = tuned({Form::plain, 16});
  EXPECT_EQ(plain.setting, (InferenceSetting{Form::plain, 16}));
  EXPECT_NE(plain.id, untuned.id);
  EXPECT_EQ(tuned({Form::packed, 16}).id, untuned.id);
  EXPECT_EQ(tuned({Form::plain, 64}, ", batch: 16").id, plain.id);
  EXPECT_NE(tuned({Form::plain, 64}).id, plain.id);
}

TEST(Plan, RefusesATuningFileOfOtherNetworksOrAnotherDevice) {
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  const auto refused = [&](const Tuning& tuning) {
    const std::string file = world().folder.write("refused.yaml", text_of(tuning));
    return error_text<ConfigError>([&] {
      make_plan(world().config(yaml, {fmt::format("numerics={{tuning: {}, device: cpu}}", file)}));
    });
  };
  EXPECT_THAT(
      refused({"cpu", "here", {{"other", "00", {}, {}}}}),
      HasSubstr("numerics.tuning: network 'toy' was not tried, or with other weights; the file has: other"));
  EXPECT_THAT(refused({"cuda", "there", {}}), HasSubstr("was made on cuda, this run computes on cpu"));
}

TEST(Plan, ResolvedConfigurationDoesNotNameTheOutput) {
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  PlanOptions elsewhere;
  elsewhere.output = "elsewhere";
  EXPECT_EQ(toy_plan(yaml, elsewhere).output, "elsewhere");
  EXPECT_EQ(layout_of(toy_plan(yaml)).config, layout_of(toy_plan(yaml, elsewhere)).config);
}

TEST(Plan, LimitTakesTheFirstImages) {
  PlanOptions options;
  options.limit = 2;
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  const Plan few = toy_plan(yaml, options), all = toy_plan(yaml);
  ASSERT_EQ(few.experiments[0].samples.size(), 2u);
  EXPECT_EQ(few.experiments[0].sample_ids[1], all.experiments[0].sample_ids[1]);
  EXPECT_EQ(few.experiments[0].id, all.experiments[0].id);
}

TEST(Plan, AWrappedMethodIsThatOfTheProtocol) {
  const Plan plan = toy_plan(
      "protocols: [localisation]\n"
      "methods: [{method: grad}, {name: v, method: var, of: grad, classes: [0, 1]}]\n" +
      kOneMetric);
  const Roster& roster = *plan.experiments[0].roster;
  EXPECT_EQ(roster.explanations[1].settings["score"], "logit");
  EXPECT_EQ(roster.explanations[1].settings["reduce"], "sum-positive");
  ASSERT_EQ(roster.raws.size(), 2u);
  EXPECT_FALSE(roster.raws[0].words.empty());
  EXPECT_EQ(roster.raws[0].words, roster.raws[1].method->wraps());
}

TEST(Plan, ProtocolsCanBeChosenAndEntriesRestricted) {
  const std::string yaml =
      "protocols: [paper, authors-code]\n"
      "methods: [{method: occ}, {method: grad, protocols: [authors-code]}]\n" +
      kOneMetric;
  PlanOptions options;
  options.protocols = {"paper"};
  EXPECT_EQ(toy_plan(yaml, options).experiments[0].roster->rows.size(), 2u);
  EXPECT_EQ(toy_plan(yaml).experiments[0].roster->rows.size(), 6u);
  options.protocols = {"papr"};
  EXPECT_EQ(plan_error(yaml, options),
            "--protocol papr: unknown protocol; the configuration has: paper, authors-code");
}

TEST(Plan, AMapByNetworkNameGivesEachItsValue) {
  const std::string yaml = "methods:\n  - {method: mwp, layer: {toy: pool1}}\n" + kOneMetric;
  EXPECT_EQ(toy_plan(yaml).experiments[0].roster->explanations[0].settings["layer"], Json("pool1"));
  EXPECT_EQ(plan_error("methods:\n  - {method: mwp, layer: {tay: pool1}}\n" + kOneMetric),
            "c.yaml:9:27: methods[0].layer.tay: unknown network 'tay'; known: toy");
  EXPECT_EQ(plan_error("methods:\n  - {method: mwp, layer: {}}\n" + kOneMetric),
            "c.yaml:9:19: methods[0].layer: no value for network 'toy'");
}

TEST(Plan, AMissingLayerIsAnErrorButAnUnsuitableOneIsSkipped) {
  EXPECT_THAT(plan_error("methods:\n  - {method: mwp, layer: pool9}\n" + kOneMetric),
              StartsWith("c.yaml:9:19: methods[0].layer: "));
  EXPECT_THAT(
      plan_error("methods:\n  - {method: c-mwp, layer: {toy: pool1}, contrast: {toy: mena}}\n" + kOneMetric),
      AllOf(StartsWith("c.yaml:9:53: methods[0].contrast.toy: "), HasSubstr("mean")));
  const Plan made = toy_plan("methods:\n  - {method: c-mwp, layer: classes, contrast: mean}\n" + kOneMetric);
  EXPECT_THAT(made.experiments[0].roster->explanations[0].unsupported, HasSubstr("does not feed"));
  EXPECT_TRUE(made.experiments[0].roster->raws.empty());
}

TEST(Plan, MistakesHaveTheirPlace) {
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
  EXPECT_THAT(plan_error(methods + "metrics: [{metric: scg}]\n"),
              testing::AllOf(HasSubstr("metrics[0].metric: unknown name 'scg'; known: "),
                             HasSubstr("confidence-gain")));
  EXPECT_EQ(plan_error(methods + "metrics: [{metric: confidence-gain, protocols: [papers]}]\n"),
            "c.yaml:9:37: metrics[0].protocols: unknown protocol 'papers'; known: paper");
  EXPECT_EQ(plan_error(methods + kOneMetric + "experiments: [{dataset: six, network: tay}]\n"),
            "c.yaml:10:30: experiments[0].network: unknown name 'tay'; known: toy");
  EXPECT_EQ(plan_error(methods + kOneMetric + "block: 0\n"), "c.yaml:10:1: block: must be at least 1");
}

TEST(Plan, AProtocolsMistakeIsReportedAtTheProtocol) {
  EXPECT_EQ(
      plan_error("protocols:\n  - {name: x, methods: {occ: {patch: wide}}}\nmethods: [{method: occ}]\n" +
                 kOneMetric),
      "c.yaml:9:31: protocols[0].methods.occ.patch: expected an integer, got \"wide\"");
}

TEST(Plan, GrowthThatIsNotObservedIsNotScored) {
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

TEST(Plan, TwoMetricEntriesDoNotShareARow) {
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

TEST(Plan, MissingFilesAreMistakesOfTheConfiguration) {
  const auto with = [](const std::vector<std::string>& overrides) {
    return error_text<ConfigError>(
        [&] { make_plan(world().config("methods: [{method: occ}]\n" + kOneMetric, overrides)); });
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

TEST(Plan, TheProjectsConfigurationsAreValid) {
  ASSAY_NEEDS_PACK();
  const std::string folder = std::string(std::getenv("ASSAY_SOURCE")) + "/configs/";
  const auto cells_and_rows = [&](const std::string& name) {
    const Plan made = make_plan(load_config(folder + name));
    EXPECT_GE(made.experiments[0].samples.size(), 20u);
    const Roster& roster = *made.experiments[0].roster;
    for (const PlannedExplanation& planned : roster.explanations) EXPECT_EQ(planned.unsupported, "");
    return std::pair(roster.cells.size(), roster.rows.size());
  };
  const std::size_t methods = 13, variants = 4;
  for (const char* name : {"table1-imagenet.yaml", "table1-places.yaml"})
    EXPECT_EQ(cells_and_rows(name), std::pair(2 * methods * variants, 2 * methods * variants));
  // Beside those: occ sign (5 methods look at occ), 10 % mask (half the variants), box blur (half), label
  // target, logit gradient (5 look at grad).
  for (const char* name : {"ablation-imagenet.yaml", "ablation-places.yaml"})
    EXPECT_EQ(cells_and_rows(name),
              std::pair((2 + 1) * methods * variants + (5 + 5) * variants + 2 * methods * 2,
                        12 * methods * variants));
}

}  // namespace
}  // namespace assay
