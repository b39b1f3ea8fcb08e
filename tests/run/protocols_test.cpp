#include "harness/run/protocols.h"

#include <gmock/gmock.h>

#include "tests/error_text.h"

namespace assay {
namespace {

using test::error_text;
using testing::HasSubstr;

std::vector<Protocol> read(const std::string& yaml) {
  return read_protocols(parse_config(yaml, "c.yaml"));
}
std::string protocols_error(const std::string& yaml) {
  return error_text<ConfigError>([&] { read(yaml); });
}

TEST(Protocols, DefaultIsThePaper) {
  const auto protocols = read("name: x");
  ASSERT_EQ(protocols.size(), 1u);
  EXPECT_EQ(protocols[0].name, "paper");
  EXPECT_EQ(protocols[0].target, "predicted");
}

TEST(Protocols, BuiltInScoresAreThoseOfThePapers) {
  const auto protocols = read("protocols: [paper, authors-code]");
  EXPECT_EQ(protocols[0].resolved()["scores"]["confidence-gain"],
            Json::parse(R"({"confidence": "probability", "epsilon": 0.0, "average": "mean-of-ratios",
                            "first_right_counts": true, "growth_limit": 50, "exclude": "per-cell", "guard": 1e-6})"));
  EXPECT_EQ(protocols[1].resolved()["scores"]["confidence-gain"],
            Json::parse(R"({"confidence": "logit-share", "epsilon": 0.001, "average": "ratio-of-means",
                            "first_right_counts": false, "growth_limit": 100, "exclude": "per-cell", "guard": 0.0})"));
  EXPECT_EQ(protocols[1].target, "label");
}

/// What no golden value hangs on: the files have maps of both formulas under both protocols.
TEST(Protocols, BuiltInFormulasOfOcclusion) {
  const auto protocols = read("protocols: [paper, authors-code]");
  EXPECT_EQ(protocols[0].methods.at("occ").at("formula").value, Json("corrected"));
  EXPECT_EQ(protocols[1].methods.at("occ").at("formula").value, Json("literal"));
}

TEST(Protocols, ADerivedOneDiffersWhereItSays) {
  const auto protocols = read(
      "protocols:\n"
      "  - {name: literal, like: paper, methods: {occ: {formula: literal}}}\n"
      "  - {name: both, like: literal, target: label, scores: {confidence-gain: {epsilon: 0.001}}}\n");
  ASSERT_EQ(protocols.size(), 2u);
  const Json both = protocols[1].resolved();
  EXPECT_EQ(both["methods"]["occ"], Json::parse(R"({"formula": "literal", "score": "probability"})"));
  EXPECT_EQ(both["scores"]["confidence-gain"]["epsilon"], Json(0.001));
  EXPECT_EQ(both["scores"]["confidence-gain"]["average"], Json("mean-of-ratios"));
  EXPECT_EQ(protocols[1].target, "label");
  EXPECT_EQ(protocols[0].target, "predicted");
}

TEST(Protocols, EveryMetricsScoresCanBeSet) {
  const Json scores =
      read(
          "protocols:\n"
          "  - {name: x, scores: {pointing-game: {tolerance: 30}, localisation: {empty: left-out}}}\n")
          .front()
          .resolved()["scores"];
  EXPECT_EQ(scores["pointing-game"],
            Json::parse(R"({"tolerance": 30.0, "difficult_area": 0.25, "skip_marked": true})"));
  EXPECT_EQ(scores["localisation"], Json::parse(R"({"least": 1e-7, "empty": "left-out"})"));
  EXPECT_TRUE(scores.contains("confidence-gain"));
  EXPECT_THAT(protocols_error("protocols:\n  - {name: x, scores: {region-overlap: {tolerance: 1}}}"),
              HasSubstr("protocols[0].scores.region-overlap.tolerance: unknown key"));
}

TEST(Protocols, LocalisationKeepsTheZeroOfMaps) {
  const Protocol protocol = read("protocols: [localisation]\n").front();
  EXPECT_EQ(protocol.target, "label");
  const Json methods = protocol.resolved()["methods"];
  EXPECT_EQ(methods["grad"], Json::parse(R"({"scale": "max-abs", "score": "logit", "reduce": "sum",
                                             "positive": false, "clamp": false})"));
  EXPECT_EQ(methods["var"], Json::parse(R"({"scale": "max-abs"})"));
  EXPECT_FALSE(methods["rise"].contains("score"));
  EXPECT_FALSE(protocol.methods.contains("center"));
  EXPECT_FALSE(protocol.methods.contains("agreement"));
}

TEST(Protocols, MistakesHaveTheirPlace) {
  EXPECT_EQ(protocols_error("protocols: [papr]"),
            "c.yaml:1:13: protocols[0]: unknown protocol 'papr'; known: paper, authors-code, localisation");
  EXPECT_EQ(protocols_error("protocols:\n  - {name: x, like: y}"),
            "c.yaml:2:15: protocols[0].like: unknown protocol 'y'; known: paper, authors-code, localisation");
  EXPECT_THAT(protocols_error("protocols:\n  - {name: x, methods: {ocx: {formula: literal}}}"),
              HasSubstr("c.yaml:2:25: protocols[0].methods.ocx: unknown name 'ocx'; known: occ, "));
  EXPECT_THAT(protocols_error("protocols:\n  - {name: x, methods: {occ: {fromula: literal}}}"),
              HasSubstr("c.yaml:2:31: protocols[0].methods.occ.fromula: unknown key; known: formula, "));
  EXPECT_THAT(
      protocols_error("protocols:\n  - {name: x, scores: {confidence-gain: {epsilom: 1}}}"),
      HasSubstr("c.yaml:2:42: protocols[0].scores.confidence-gain.epsilom: unknown key; known: epsilon, "));
  EXPECT_THAT(protocols_error("protocols:\n  - {name: x, scores: {confidence-gain: {epsilon: much}}}"),
              HasSubstr("c.yaml:2:42: protocols[0].scores.confidence-gain.epsilon: expected a number"));
  EXPECT_EQ(protocols_error("protocols: [paper, paper]"),
            "c.yaml:1:20: protocols[1]: a second protocol named 'paper'");
  EXPECT_EQ(protocols_error("protocols: []"), "c.yaml:1:1: protocols: the list is empty");
}

}  // namespace
}  // namespace assay
