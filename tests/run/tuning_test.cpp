#include "harness/run/tuning.h"

#include <gmock/gmock.h>

#include "harness/network/tensor.h"
#include "harness/run/trials.h"
#include "tests/error_text.h"
#include "tests/temporary_folder.h"
#include "tests/toy.h"

namespace assay {
namespace {

using test::error_text;
using testing::HasSubstr;

const test::TemporaryFolder& folder() {
  static const test::TemporaryFolder made;
  return made;
}

Network small_network() {
  test::Toy toy(16, 16);
  const int conv = toy.conv("conv", 0, 3, 16, 3);
  toy.linear("classes", toy.add(Kind::global_avg_pool, "mean", {conv}), 16, 4);
  return toy.network("small");
}

std::string refused(const std::string& text) {
  const std::string file = folder().write("refused.yaml", text);
  return error_text<ConfigError>([&] { read_tuning(file); });
}

TEST(Tuning, IsReadAsItWasWritten) {
  const Tuning written{"cpu",
                       "a \"machine\"",
                       {{"a", "0a", {Form::packed, 32}, {{{Form::packed, 32}, 12.5}, {{Form::plain, 64}, 3}}},
                        {"b", "0b", {Form::plain, 16}, {}}}};
  const std::string text = text_of(written);
  const Tuning read = read_tuning(folder().write("tuning.yaml", text));
  EXPECT_EQ(text_of(read), text);
  ASSERT_EQ(read.networks.size(), 2u);
  EXPECT_EQ(read.machine, written.machine);
  EXPECT_EQ(read.networks[1].best, (InferenceSetting{Form::plain, 16}));
  EXPECT_EQ(read.networks[0].trials[0].rate, 12.5);
}

TEST(Tuning, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(refused("device: cpu\nnetworks:\n  - {name: a, hash: x, form: pakced, batch: 32}\n"),
              HasSubstr("refused.yaml:3:"));
  EXPECT_THAT(refused("device: cpu\nnetworks: [{name: a, hash: x, form: channels-last, batch: 32}]\n"),
              HasSubstr("a network on cpu has no form 'channels-last'"));
  EXPECT_THAT(refused("device: cpu\nnetworks: [{name: a, hash: x, form: plain, batch: 0}]\n"),
              HasSubstr("must be at least 1"));
  EXPECT_THAT(refused("device: cpu\nspeed: 9\n"), HasSubstr("speed"));
}

TEST(Tuning, StaysUnlessAnotherIsClearlyFaster) {
  const InferenceSetting usual{Form::packed, 32}, other{Form::plain, 64};
  EXPECT_EQ(best_of(std::vector<Trial>{{usual, 100}, {other, 102}}), usual);
  EXPECT_EQ(best_of(std::vector<Trial>{{usual, 100}, {other, 104}}), other);
  EXPECT_EQ(settings_to_try("cpu").front(), usual);
  EXPECT_EQ(settings_to_try("cuda").front(), (InferenceSetting{Form::plain, 32}));
}

TEST(Tuning, TriesEverySettingInEveryRound) {
  const Network network = small_network();
  int forwards = 0;
  const TunedNetwork tuned = try_settings("small", network, at::kCPU, 2, [&] { ++forwards; });
  EXPECT_EQ(forwards, 3 * 6);
  EXPECT_EQ(tuned.hash, network.hash().hex());
  ASSERT_EQ(tuned.trials.size(), 6u);
  for (const Trial& trial : tuned.trials) EXPECT_GT(trial.rate, 0);
  EXPECT_EQ(tuned.best, best_of(tuned.trials));
  const Tuning tuning{"cpu", "here", {tuned}};
  ASSERT_NE(setting_for(tuning, network), nullptr);
  EXPECT_EQ(*setting_for(tuning, network), tuned.best);
  EXPECT_EQ(setting_for({}, network), nullptr);
}

}  // namespace
}  // namespace assay
