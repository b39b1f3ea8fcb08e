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

TEST(SubjectServices, AChainOfPerturbationsEqualsWholeForwards) {
  Subject subject = block_of(2);
  std::vector<Perturbation> chain;
  for (std::int64_t i = 0; i < 4; ++i)
    chain.push_back({.top = 3 * i - 1, .left = (5 * i) % 9, .pixels = normal({3, 3, 3}, 60 + i)});
  Tensor input = subject.network().normalise(subject.pixels().narrow(0, 1, 1)).clone();
  subject.bill();
  const std::int64_t before = subject.done().forwards;
  const Tensor logits = subject.predict_chain(1, chain);
  const Cost cost = subject.bill();
  ASSERT_EQ(logits.size(0), 4);
  for (std::int64_t i = 0; i < 4; ++i) {
    const Perturbation& one = chain[static_cast<std::size_t>(i)];
    const std::int64_t outside = one.top < 0 ? 1 : 0;
    input[0]
        .narrow(1, one.top + outside, 3 - outside)
        .narrow(2, one.left, 3)
        .copy_(one.pixels.narrow(1, outside, 3 - outside));
    const Tensor expected = subject.network().forward(input)[0];
    EXPECT_LE(largest(logits[i] - expected), 1e-5 * largest(expected)) << i;
  }
  EXPECT_EQ(cost.forwards, 4);
  EXPECT_EQ(cost.work.asked, 4 * cost_of_passes(subject.network(), 1).work.asked);
  EXPECT_EQ(subject.done().forwards - before, 4);
  EXPECT_TRUE(at::equal(subject.predict_chain(1, std::span(chain).first(2)), logits.narrow(0, 0, 2)));
  EXPECT_EQ(subject.predict_chain(1, {}).size(0), 0);
}

}  // namespace
}  // namespace assay::test
