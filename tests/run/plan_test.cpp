#include "harness/run/plan.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/network/tensor.h"
#include "tests/error_text.h"
#include "tests/pack.h"
#include "tests/run/toy_plan.h"

namespace assay {
namespace {

using test::error_text;
using test::kOneMetric;
using test::plan_error;
using test::toy_plan;
using test::toy_world;
using testing::HasSubstr;

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
    const Plan made = make_plan(toy_world().config(text, overrides));
    return made.experiments[0].id + made.experiments[0].roster->cells[0].id;
  };
  const std::string first = id(yaml, {});
  EXPECT_EQ(first, id("methods: [{name: b, method: occ, patch: 10}]\n" + kOneMetric,
                      {"output=elsewhere", "name=other", "seed=2"}));
  EXPECT_EQ(first, id(yaml, {"numerics.share_devices=true"}));
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
    return error_text<ConfigError>([&] { make_plan(toy_world().config(yaml, overrides)); });
  };
  EXPECT_THAT(refused({"numerics.precision=bf16"}),
              HasSubstr("protocol 'paper' reproduces a paper in float32"));
  EXPECT_THAT(refused({"numerics.precision=fp16", "numerics.device=cpu"}),
              HasSubstr("no fp16 convolution on a CPU"));
  const std::vector<std::string> quick{"numerics.precision=bf16", "protocols=[{name: quick, like: paper}]"};
  EXPECT_EQ(make_plan(toy_world().config(yaml, quick)).precision, at::kBFloat16);
}

TEST(Plan, TakesFormAndBatchFromATuningFile) {
  const std::string yaml = "methods: [{method: occ}]\n" + kOneMetric;
  const auto made = [&](const std::string& numerics) {
    return make_plan(toy_world().config(yaml, {"numerics=" + numerics})).experiments[0];
  };
  const Experiment untuned = made("{batch: 16}");
  const auto file_of = [&](const InferenceSetting& best) {
    const Tuning tuning{"cpu", "here", {{"toy", untuned.network.hash().hex(), best, {{best, 1.5}}}}};
    return toy_world().folder.write("tuning.yaml", text_of(tuning));
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
    const std::string file = toy_world().folder.write("refused.yaml", text_of(tuning));
    return error_text<ConfigError>([&] {
      make_plan(toy_world().config(yaml, {fmt::format("numerics={{tuning: {}, device: cpu}}", file)}));
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
  for (const char* name : {"var.yaml", "var-costly.yaml", "pointing.yaml", "insertion-var.yaml",
                           "sanity.yaml", "sanity-costly.yaml", "sanity-cifar.yaml"})
    for (const Experiment& experiment : make_plan(load_config(folder + name)).experiments)
      for (const PlannedExplanation& planned : experiment.roster->explanations)
        EXPECT_EQ(planned.unsupported, "")
            << name << " " << experiment.network.name() << " " << planned.method;
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
