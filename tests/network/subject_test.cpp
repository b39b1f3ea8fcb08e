#include "harness/network/subject.h"

#include <gtest/gtest.h>

#include "harness/network/state.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

Tensor some_pixels(std::int64_t n) {
  return (normal({n, 3, 12, 12}, 40) * 50 + 128).clamp(0, 255);
}

Subject subject_of(std::int64_t images, int batch = 4) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images; ++i) names.push_back("image " + std::to_string(i));
  return Subject(every_kind(false), some_pixels(images), names, 5, {.batch = batch});
}

TEST(Scores, ByHand) {
  const Tensor logits = single({1.0, 3.0, 2.0, 7.0, 7.0, 7.0}, {2, 3});
  EXPECT_TRUE(at::allclose(scores_of(logits, Score::logit), logits.to(at::kDouble)));
  const Tensor share = scores_of(logits, Score::logit_share);
  EXPECT_TRUE(at::allclose(share, exact({0.0, 2.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3, 1.0 / 3}, {2, 3})));
  const Tensor p = scores_of(logits, Score::probability);
  EXPECT_EQ(p.scalar_type(), at::kDouble);
  EXPECT_NEAR(p[0][1].item<double>(), 1 / (1 + std::exp(-1.0) + std::exp(-2.0)), 1e-12);
}

TEST(Subject, PredictsFullBatchesAndTheRest) {
  Subject subject = subject_of(3);
  const Tensor expected = subject.network().forward(subject.network().normalise(subject.pixels()));
  EXPECT_TRUE(at::allclose(subject.logits(), expected, 1e-5, 1e-6));
  EXPECT_EQ(subject.predicted(1), expected[1].argmax().item<std::int64_t>());

  std::vector<std::pair<std::int64_t, std::int64_t>> calls;
  const Tensor series = subject.predict(10, [&](std::int64_t first, Tensor batch) {
    calls.emplace_back(first, batch.size(0));
    for (std::int64_t k = 0; k < batch.size(0); ++k) batch[k].copy_(subject.pixels()[(first + k) % 3]);
  });
  EXPECT_EQ(calls, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 4}, {4, 4}, {8, 2}}));
  ASSERT_EQ(series.sizes(), (std::vector<std::int64_t>{10, 5}));
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_TRUE(at::equal(series[i], subject.logits()[i % 3])) << i;
}

TEST(Subject, BillsSharedSeriesInFullButComputesThemOnce) {
  Subject subject = subject_of(2);
  const std::vector<Perturbation> grey(6, {.top = 3, .left = 4, .pixels = at::zeros({3, 2, 2})});
  const Tensor first = subject.predict_shared("grey", 0, grey).clone();
  const Cost computed = subject.bill();
  EXPECT_EQ(computed.forwards, 6);
  EXPECT_TRUE(at::equal(subject.predict_shared("grey", 0, grey), first));
  const Cost shared = subject.bill();
  EXPECT_EQ(shared.forwards, 6);
  EXPECT_EQ(shared.work, computed.work);
  EXPECT_EQ(subject.done().forwards, 6);
  EXPECT_EQ(subject.done().work, computed.work);
  subject.logits();
  subject.logits();
  EXPECT_EQ(subject.bill().forwards, 2);
  const std::vector<Query> queries{{0, 1}, {0, 2}, {1, 2}};
  subject.gradient(0, queries, Score::logit);
  const Cost cost = subject.bill();
  EXPECT_EQ(cost.forwards, 2);  // the activations of two images
  EXPECT_EQ(cost.backwards, 3);
  EXPECT_GT(cost.seconds, 0);
  EXPECT_EQ(subject.bill().forwards, 0);
  EXPECT_EQ(subject.done().forwards, 10);
}

TEST(Subject, PredictsPerturbationsOfAnyImage) {
  Subject subject = subject_of(2);
  const Network& network = subject.network();
  const std::vector<Perturbation> marks{{.top = 0, .left = 1, .pixels = normal({3, 2, 2}, 1)},
                                        {.top = 9, .left = 10, .pixels = normal({3, 1, 2}, 2)}};
  for (const std::int64_t image : {1, 0, 0}) {
    const Tensor found = subject.predict(image, marks);
    const Tensor input = network.normalise(subject.pixels().narrow(0, image, 1)).repeat({2, 1, 1, 1});
    input[0].narrow(1, 0, 2).narrow(2, 1, 2).copy_(marks[0].pixels);
    input[1].narrow(1, 9, 1).narrow(2, 10, 2).copy_(marks[1].pixels);
    EXPECT_TRUE(at::allclose(found, network.forward(input), 1e-5, 1e-6)) << image;
  }
  EXPECT_EQ(subject.bill().forwards, 6);
  EXPECT_EQ(subject.done().forwards, 6);
  const State state(network, network.normalise(subject.pixels().narrow(0, 0, 1)), 4);
  const Work twice = state.price(marks);
  const Work done = subject.done().work;
  EXPECT_EQ(done.asked, 3 * twice.asked);
  EXPECT_EQ(done.done, 3 * twice.done + 2 * multiply_adds(network));  // the two images themselves
  EXPECT_FALSE(at::equal(subject.predict_shared("a", 0, marks), subject.predict_shared("a", 1, marks)));
}

TEST(Subject, MultiplyAddsByHand) {
  Subject subject = subject_of(2);
  const std::int64_t one = multiply_adds(subject.network());
  ASSERT_GT(one, 0);
  const auto bill = [&] { return subject.bill().work; };
  subject.predict(5, [&](std::int64_t, Tensor batch) { batch.zero_(); });
  EXPECT_EQ(bill(), (Work{5 * one, 5 * one}));  // padding is not counted
  subject.logits();
  subject.predicted(1);
  EXPECT_EQ(bill(), (Work{2 * one, 2 * one}));
  const std::vector<Query> queries{{0, 1}, {0, 2}, {1, 2}};
  subject.gradient(0, queries, Score::logit);
  EXPECT_EQ(bill(), (Work{5 * one, 5 * one}));  // activations of two images, three walks
  const std::vector<Perturbation> marks(3, {.top = 3, .left = 4, .pixels = at::zeros({3, 2, 2})});
  subject.predict(0, marks);
  subject.predict(0, marks);
  const State state(subject.network(), subject.network().normalise(subject.pixels().narrow(0, 0, 1)), 4);
  const Work three = state.price(marks);
  EXPECT_EQ(three.asked, 3 * one);
  EXPECT_LT(three.done, three.asked);
  EXPECT_EQ(bill(), (Work{2 * three.asked, 2 * three.done + one}));  // and the image itself, once
}

TEST(Subject, ABillDoesNotDependOnWhatRanBefore) {
  const std::vector<Perturbation> grey(6, {.top = 3, .left = 4, .pixels = at::zeros({3, 2, 2})});
  const std::vector<Query> query{{0, 1}};
  const auto use = [&](Subject& subject) {
    subject.predict_shared("grey", 0, grey);
    subject.gradient(0, query, Score::logit);
    subject.logits();
    return subject.bill();
  };
  Subject subject = subject_of(2);
  const Cost first = use(subject), second = use(subject);
  EXPECT_EQ(first.forwards, second.forwards);
  EXPECT_EQ(first.backwards, second.backwards);
  EXPECT_EQ(first.work, second.work);
  EXPECT_EQ(subject.done().forwards, 6 + 1 + 2);  // shared
}

TEST(Subject, SharedResultsAreBilledWithTheTimeThatTheyTook) {
  Subject subject = subject_of(2);
  const std::vector<Perturbation> grey(64, {.top = 3, .left = 4, .pixels = at::zeros({3, 2, 2})});
  subject.predict_shared("grey", 0, grey);
  const double once = subject.bill().seconds;
  subject.predict_shared("grey", 0, grey);
  subject.predict_shared("grey", 0, grey);
  const Cost again = subject.bill();
  EXPECT_GT(again.seconds, 0.5 * once);
  EXPECT_EQ(again.forwards, 64);
  EXPECT_LT(subject.done().seconds, once + again.seconds);  // what passed, not what was billed
}

TEST(Subject, LessPrecisePredictionsAreNear) {
  const Network network = test::every_kind(/*with_opaque=*/false);
  const Tensor pixels = normal({1, 3, 12, 12}, 3);
  Subject exact(network, pixels, {"a"}, 1, {.batch = 4});
  Subject rough(network, pixels, {"a"}, 1, {.batch = 4, .precision = at::kBFloat16});
  const std::vector<Perturbation> mark{{.top = 1, .left = 2, .pixels = normal({3, 2, 2}, 4)}};
  const auto expect_near = [](const Tensor& found, const Tensor& expected) {
    EXPECT_EQ(found.scalar_type(), at::kFloat);
    EXPECT_LE(largest(found - expected), 0.05 * largest(expected));
    EXPECT_GT(largest(found - expected), 0);
  };
  expect_near(rough.logits(), exact.logits());
  expect_near(rough.predict(0, mark), exact.predict(0, mark));
  const std::vector<Query> query{{0, 1}};
  EXPECT_TRUE(at::equal(rough.gradient(1, query, Score::logit), exact.gradient(1, query, Score::logit)));
}

TEST(Subject, SeedsBelongToNames) {
  const Tensor pixels = some_pixels(2);
  const Subject ab(every_kind(false), pixels, {"a", "b"}, 1, {}),
      ba(every_kind(false), pixels, {"b", "a"}, 1, {});
  const Subject other_run(every_kind(false), pixels, {"a", "b"}, 2, {});
  EXPECT_EQ(ab.seed(0), ba.seed(1));
  EXPECT_NE(ab.seed(0), ab.seed(1));
  EXPECT_NE(ab.seed(0), other_run.seed(0));
}

TEST(Subject, GradientsDoNotDependOnTheBlock) {
  Subject together = subject_of(3);
  const std::vector<Query> queries{{2, 4}, {0, 1}};
  const Tensor both = together.gradient(0, queries, Score::probability);
  Subject alone(every_kind(false), some_pixels(3).narrow(0, 2, 1), {"image 2"}, 5, {.batch = 4});
  const std::vector<Query> query{{0, 4}};
  EXPECT_TRUE(at::equal(both[0], alone.gradient(0, query, Score::probability)[0]));
}

TEST(Subject, GradientOfTheProbabilityByDifferences) {
  Toy toy(4, 4);
  const int conv = toy.conv("conv", 0, 3, 4, 3);
  toy.linear("logits", conv, 64, 3);  // smooth: differences hold
  const Network network = toy.network().to(at::kDouble);
  const Tensor pixels = normal({1, 3, 4, 4}, 50);
  Subject subject(toy.network(), pixels, {"x"}, 0, {});
  const std::vector<Query> queries{{0, 1}};
  for (const Score score : {Score::logit, Score::probability}) {
    const Tensor gradient = subject.gradient(0, queries, score);
    for (const std::int64_t place : {0, 17, 40}) {
      Tensor up = pixels.to(at::kDouble).clone(), down = up.clone();
      up.view({-1})[place] += 1e-4;
      down.view({-1})[place] -= 1e-4;
      const double slope =
          (scores_of(network.forward(up), score)[0][1] - scores_of(network.forward(down), score)[0][1])
              .item<double>() /
          2e-4;
      EXPECT_NEAR(gradient.view({-1})[place].item<double>(), slope,
                  1e-5 * gradient.abs().max().item<double>() + 1e-7);
    }
  }
}

}  // namespace
}  // namespace assay::test
