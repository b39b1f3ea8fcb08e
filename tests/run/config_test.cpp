#include "harness/run/config.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "tests/error_text.h"

namespace assay {
namespace {

using test::error_text;

Json values(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return parse_config(text, "c.yaml", overrides).values;
}
std::string config_error(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return error_text<ConfigError>([&] { values(text, overrides); });
}

TEST(Config, ScalarsFollowTheCoreSchema) {
  const Json v = values(
      "a: 12\nb: -3\nc: 0x1F\nd: 0o17\ne: 1e-3\nf: .5\ng: true\nh: False\ni: ~\nj:\nk: yes\nl: '12'\nm: "
      "\"true\"\n"
      "n: 1.2.3\no: -.inf\np: +7\nq: 10-20\nr: +-3\ns: 12e\n");
  EXPECT_EQ(v["a"], Json(12));
  EXPECT_TRUE(v["a"].is_number_integer());
  EXPECT_EQ(v["b"], Json(-3));
  EXPECT_EQ(v["c"], Json(31));
  EXPECT_EQ(v["d"], Json(15));
  EXPECT_EQ(v["e"], Json(0.001));
  EXPECT_EQ(v["f"], Json(0.5));
  EXPECT_EQ(v["g"], Json(true));
  EXPECT_EQ(v["h"], Json(false));
  EXPECT_TRUE(v["i"].is_null());
  EXPECT_TRUE(v["j"].is_null());
  EXPECT_EQ(v["k"], Json("yes"));
  EXPECT_EQ(v["l"], Json("12"));
  EXPECT_EQ(v["m"], Json("true"));
  EXPECT_EQ(v["n"], Json("1.2.3"));
  EXPECT_EQ(v["o"].get<double>(), -HUGE_VAL);
  EXPECT_EQ(v["p"], Json(7));
  EXPECT_EQ(v["q"], Json("10-20"));
  EXPECT_EQ(v["r"], Json("+-3"));
  EXPECT_EQ(v["s"], Json("12e"));
}

TEST(Config, NestedListsAndMaps) {
  EXPECT_EQ(values("a: [1, {b: 2}]\nc:\n  - d: x\n    e: [y, z]\n"),
            Json::parse(R"({"a": [1, {"b": 2}], "c": [{"d": "x", "e": ["y", "z"]}]})"));
}

TEST(Config, EveryNodeHasItsPlace) {
  const Config config =
      parse_config("name: x\nmethods:\n  - method: occ\n    patch: 10\n  - {method: grad}\n", "c.yaml");
  const auto place = [&](const std::string& pointer) {
    const auto& at = config.locations->places.at(pointer);
    return std::pair{at.line, at.column};
  };
  EXPECT_EQ(place("/name"), std::pair(1, 1));
  EXPECT_EQ(place("/methods"), std::pair(2, 1));
  EXPECT_EQ(place("/methods/0"), std::pair(3, 5));
  EXPECT_EQ(place("/methods/0/patch"), std::pair(4, 5));
  EXPECT_EQ(place("/methods/1/method"), std::pair(5, 6));
}

TEST(Config, EnvironmentIsExpanded) {
  setenv("ASSAY_TEST_FOLDER", "/data", 1);
  unsetenv("ASSAY_TEST_MISSING");
  EXPECT_EQ(values("a: ${ASSAY_TEST_FOLDER}/x\nb: \"${ASSAY_TEST_FOLDER}${ASSAY_TEST_FOLDER}\"")["a"],
            Json("/data/x"));
  EXPECT_EQ(config_error("a:\n  b: ${ASSAY_TEST_MISSING}/x"),
            "c.yaml:2:3: a.b: environment variable ASSAY_TEST_MISSING is not set");
  EXPECT_EQ(config_error("a: ${OPEN"), "c.yaml:1:1: a: '${' without '}' in '${OPEN'");
}

TEST(Config, MistakesOfYamlHaveAPlace) {
  EXPECT_EQ(config_error("a: 1\nb: 2\na: 3\n"), "c.yaml:3:1: a: this key was written before");
  EXPECT_THAT(config_error("a: [1, 2\nb: 3\n"),
              testing::MatchesRegex("c\\.yaml:[0-9]+:[0-9]+: not valid YAML: .+"));
  EXPECT_EQ(config_error("- a\n"), "c.yaml:1:1: expected keys and values, such as 'name: my-run'");
  EXPECT_EQ(error_text<ConfigError>([] { load_config("no/such.yaml"); }),
            "no/such.yaml: cannot be read: No such file or directory");
}

TEST(Config, OverridesReplaceAndAdd) {
  const std::string text =
      "numerics: {batch: 32}\ndatasets:\n  - {name: val, count: 5}\n  - {name: other, count: 6}\n";
  const Json v = values(text, {"numerics.batch=16", "numerics.device=cpu", "datasets[0].count=1",
                               "datasets.other.count=2", "protocols=[paper, {name: mine}]"});
  EXPECT_EQ(v["numerics"], Json::parse(R"({"batch": 16, "device": "cpu"})"));
  EXPECT_EQ(v["datasets"][0]["count"], Json(1));
  EXPECT_EQ(v["datasets"][1]["count"], Json(2));
  EXPECT_EQ(v["protocols"], Json::parse(R"(["paper", {"name": "mine"}])"));
}

TEST(Config, OverridesSayWhatIsWrong) {
  const std::string text = "a: 1\nd: [{name: x}]\n";
  EXPECT_EQ(config_error(text, {"a"}), "--set a: expected key.path=value, as in numerics.batch=16");
  EXPECT_EQ(config_error(text, {"a.b=1"}), "--set a.b=1: 'b' is below a single value");
  EXPECT_EQ(config_error(text, {"d.y.z=1"}), "--set d.y.z=1: no element 'y' in a list of 1; known: x");
}

TEST(Config, AnOverrideIsThePlaceOfItsValue) {
  const std::vector<std::string> overrides{"numerics.batch=big"};
  const Config config = parse_config("name: x\nnumerics: {batch: 32}\n", "c.yaml", overrides);
  EXPECT_EQ(error_text<ConfigError>([&] { config.params().child("numerics").get("batch", 32, "images"); }),
            "--set numerics.batch=big: numerics.batch: expected an integer, got \"big\"");
}

}  // namespace
}  // namespace assay
