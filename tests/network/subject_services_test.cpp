#include <gtest/gtest.h>

#include "harness/network/state.h"
#include "harness/network/subject.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

Subject block_of(std::int64_t images) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) names.push_back("image " + std::to_string(i));
  const Tensor pixels = (normal({images, 3, 12, 12}, 41) * 50 + 128).clamp(0, 255);
  return Subject(every_kind(false), pixels, names, 5, {.batch = 4});
}

TEST(SubjectServices, GradientAtAnImageIsItsGradient) {
  Subject subject = block_of(2);
  const Tensor inputs = subject.network().normalise(subject.pixels()).to(at::kDouble);
  const std::vector<Query> queries{{0, 2}, {1, 2}};
  for (const Score score : {Score::logit, Score::probability}) {
    const Tensor expected = subject.gradient(0, queries, score);
    subject.bill();
    const Tensor found = subject.gradient_at(inputs, 2, score);
    EXPECT_LE(largest(found - expected), 1e-9 * largest(expected));
    const Cost cost = subject.bill();
    EXPECT_EQ(cost.forwards, 2);
    EXPECT_EQ(cost.backwards, 2);
    EXPECT_EQ(cost.work, cost_of_passes(subject.network(), 2, 2).work);
  }
  EXPECT_EQ(subject.gradient_at(inputs.to(at::kFloat), 2, Score::logit).scalar_type(), at::kFloat);
}

TEST(SubjectServices, SharesASeriesOfWholeImages) {
  Subject subject = block_of(2);
  int made = 0;
  const auto fill = [&](std::int64_t, const Tensor& batch) {
    ++made;
    batch.copy_(subject.pixels().narrow(0, 1, 1).expand_as(batch));
  };
  const Tensor first = subject.predict_shared("same", 6, fill).clone();
  EXPECT_EQ(made, 2);
  EXPECT_TRUE(at::equal(first[5], subject.logits()[1]));
  subject.bill();
  EXPECT_TRUE(at::equal(subject.predict_shared("same", 6, fill), first));
  EXPECT_EQ(made, 2);
  EXPECT_EQ(subject.bill().forwards, 6);
}

TEST(SubjectServices, MakesASharedThingOnceAndBillsItAsIfAlone) {
  Subject subject = block_of(1);
  const std::vector<Query> queries{{0, 1}, {0, 2}};
  int made = 0;
  const auto gradients = [&]() -> const Tensor& {
    return subject.shared<Tensor>("gradients", [&] {
      ++made;
      return subject.gradient(0, queries, Score::logit);
    });
  };
  subject.activations(0);  // is on the bill already, and yet the thing costs what it costs alone
  const Tensor first = gradients();
  EXPECT_EQ(subject.bill().forwards, 2);
  EXPECT_TRUE(at::equal(gradients(), first));
  const Cost cost = subject.bill();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(cost.forwards, 1);
  EXPECT_EQ(cost.backwards, 2);
  EXPECT_EQ(cost.work, cost_of_passes(subject.network(), 1, 2).work);
  EXPECT_EQ(subject.done().backwards, 2);
}

TEST(SubjectServices, KnowsClassesOnceEach) {
  Subject subject = block_of(2);
  EXPECT_TRUE(subject.classes_on(0).empty());
  subject.know_classes(0, {3, 1, 3});
  const auto known = subject.classes_on(0);
  EXPECT_EQ(std::vector<std::int64_t>(known.begin(), known.end()), (std::vector<std::int64_t>{3, 1}));
  EXPECT_TRUE(subject.classes_on(1).empty());
}

TEST(SubjectServices, ChainsOfPerturbationsEqualWholeForwards) {
  Subject subject = block_of(2);
  constexpr std::int64_t kSteps = 4, kChains = 3;
  std::vector<std::vector<Perturbation>> steps(kSteps);
  for (std::int64_t k = 0; k < kSteps; ++k)
    for (std::int64_t chain = 0; chain < kChains; ++chain)
      steps[static_cast<std::size_t>(k)].push_back(
          {.top = 3 * k - 1, .left = (5 * k) % 9, .pixels = normal({3, 3, 3}, 60 + 10 * chain + k)});
  subject.bill();
  const std::int64_t before = subject.done().forwards;
  const Tensor logits = subject.predict_chains(1, steps);
  const Cost cost = subject.bill();
  ASSERT_EQ(logits.sizes(), (std::vector<std::int64_t>{kSteps, kChains, subject.network().outputs()}));
  for (std::int64_t chain = 0; chain < kChains; ++chain) {
    Tensor input = subject.network().normalise(subject.pixels().narrow(0, 1, 1)).clone();
    for (std::int64_t k = 0; k < kSteps; ++k) {
      const Perturbation& one = steps[static_cast<std::size_t>(k)][static_cast<std::size_t>(chain)];
      const std::int64_t outside = one.top < 0 ? 1 : 0;
      input[0]
          .narrow(1, one.top + outside, 3 - outside)
          .narrow(2, one.left, 3)
          .copy_(one.pixels.narrow(1, outside, 3 - outside));
      const Tensor expected = subject.network().forward(input)[0];
      EXPECT_LE(largest(logits[k][chain] - expected), 1e-5 * largest(expected)) << k << ", " << chain;
    }
  }
  EXPECT_EQ(cost.forwards, kSteps * kChains);
  EXPECT_EQ(cost.work.asked, kSteps * kChains * cost_of_passes(subject.network(), 1).work.asked);
  EXPECT_EQ(subject.done().forwards - before, kSteps * kChains);
  EXPECT_TRUE(at::equal(subject.predict_chains(1, std::span(steps).first(2)), logits.narrow(0, 0, 2)));
  EXPECT_EQ(subject.predict_chains(1, {}).size(0), 0);
}

TEST(SubjectServices, GradientsAreWalkedOnceAnImageAndBilledToEachThatAsks) {
  Subject subject = block_of(2);
  const std::vector<Query> queries{{0, 1}, {0, 2}};
  const Tensor first = subject.gradient(0, queries, Score::logit).clone();
  const Cost alone = subject.bill();
  EXPECT_EQ(alone.backwards, 2);
  EXPECT_EQ(subject.done().backwards, 2);
  EXPECT_TRUE(at::equal(subject.gradient(0, {&queries[1], 1}, Score::logit)[0], first[1]));
  EXPECT_EQ(subject.done().backwards, 2);
  EXPECT_EQ(subject.bill().backwards, 1);
  EXPECT_TRUE(at::equal(subject.gradient(0, queries, Score::logit), first));
  const Cost again = subject.bill();
  EXPECT_EQ(again.forwards, alone.forwards);
  EXPECT_EQ(again.backwards, alone.backwards);
  EXPECT_EQ(again.work.done, alone.work.done);
  EXPECT_FALSE(at::equal(subject.gradient(0, queries, Score::probability), first));
  const std::int64_t before = subject.done().backwards;
  subject.gradient(0, queries, Score::logit, Rules{});  // nameless rules are not kept
  subject.gradient(0, queries, Score::logit, Rules{});
  EXPECT_EQ(subject.done().backwards - before, 4);
}

TEST(SubjectServices, WalksOfAllImagesOfABlockAreKept) {
  Subject subject = block_of(2);
  const Query zero{0, 1}, one{1, 1};
  const Tensor first = subject.gradient(0, {&zero, 1}, Score::logit).clone();
  subject.gradient(0, {&one, 1}, Score::logit);
  EXPECT_TRUE(at::equal(subject.gradient(0, {&zero, 1}, Score::logit), first));
  EXPECT_EQ(subject.done().backwards, 2);
}

}  // namespace
}  // namespace assay::test
