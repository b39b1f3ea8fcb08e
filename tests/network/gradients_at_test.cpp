#include <gtest/gtest.h>

#include "harness/network/subject.h"
#include "harness/network/summary.h"
#include "harness/network/tensor.h"
#include "tests/network/every_kind.h"
#include "tests/network/largest.h"

namespace assay::test {
namespace {

/// What gradients_at() gives for a series of inputs [n,3,H,W], put together: by class, [n,3,H,W] and [n].
struct AllSlopes {
  std::vector<Tensor> gradients, scores;
  std::vector<std::int64_t> batches;
};

AllSlopes slopes_at(Subject& subject, const Tensor& inputs, const std::vector<std::int64_t>& targets,
                    Score score) {
  std::vector<std::vector<Tensor>> gradients(targets.size()), scores(targets.size());
  AllSlopes all;
  const auto fill = [&](std::int64_t first, const Tensor& batch) {
    all.batches.push_back(batch.size(0));
    batch.copy_(inputs.narrow(0, first, batch.size(0)));
  };
  subject.gradients_at(inputs.size(0), fill, targets, score, [&](const Slopes& slopes) {
    gradients[slopes.target].push_back(slopes.gradients.clone());
    scores[slopes.target].push_back(slopes.scores.clone());
  });
  for (std::size_t t = 0; t < targets.size(); ++t) {
    all.gradients.push_back(at::cat(gradients[t]));
    all.scores.push_back(at::cat(scores[t]));
  }
  return all;
}

TEST(GradientsAt, EqualGradientsOfImagesThatAreTheseInputs) {
  const Network network = every_kind(true);
  const Tensor inputs = normal({11, 3, 12, 12}, 61);  // nothing is normalised: mean 0, std 1
  std::vector<std::string> names;
  for (int i = 0; i < 11; ++i) names.push_back(std::to_string(i));
  Subject of_inputs(network, inputs, names, 1, {.batch = 4});
  Subject elsewhere(network, at::zeros({1, 3, 12, 12}), {"x"}, 1, {.batch = 4});
  const std::vector<std::int64_t> targets{3, 1};
  for (const Score score : {Score::logit, Score::probability}) {
    const AllSlopes all = slopes_at(elsewhere, inputs, targets, score);
    EXPECT_EQ(all.batches, (std::vector<std::int64_t>{4, 4, 3}));
    const Tensor expected_scores = scores_of(network.forward(inputs), score);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      std::vector<Query> queries;
      for (std::int64_t i = 0; i < 11; ++i) queries.push_back({i, targets[t]});
      const Tensor expected = of_inputs.gradient(0, queries, score);
      EXPECT_EQ(all.gradients[t].scalar_type(), at::kFloat);
      EXPECT_GT(largest(expected), 0);
      EXPECT_LE(largest(all.gradients[t] - expected), 1e-4 * largest(expected)) << name_of(score);
      EXPECT_LE(largest(all.scores[t] - expected_scores.select(1, targets[t])), 1e-5) << name_of(score);
    }
  }
}

TEST(GradientsAt, ABatchHasAtMostEightInputs) {
  Subject subject(every_kind(false), at::zeros({1, 3, 12, 12}), {"x"}, 1, {.batch = 32});
  const AllSlopes all = slopes_at(subject, normal({10, 3, 12, 12}, 62), {0}, Score::logit);
  EXPECT_EQ(all.batches, (std::vector<std::int64_t>{8, 2}));
}

TEST(GradientsAt, ClassesShareTheForwardPass) {
  const Network network = every_kind(false);
  Subject subject(network, at::zeros({1, 3, 12, 12}), {"x"}, 1, {.batch = 4});
  const Tensor inputs = normal({10, 3, 12, 12}, 63);
  const AllSlopes three = slopes_at(subject, inputs, {0, 4, 2}, Score::probability);
  const Cost cost = subject.bill();
  EXPECT_EQ(cost.forwards, 10);
  EXPECT_EQ(cost.backwards, 30);
  EXPECT_EQ(cost.work, (Work{40 * multiply_adds(network), 40 * multiply_adds(network)}));
  EXPECT_EQ(subject.done().work, cost.work);
  const AllSlopes alone = slopes_at(subject, inputs, {4}, Score::probability);
  EXPECT_TRUE(at::equal(three.gradients[1], alone.gradients[0]));
  EXPECT_TRUE(at::equal(three.scores[1], alone.scores[0]));
}

TEST(GradientsAt, GradientsFollowTheRulesThatAreGiven) {
  Subject subject(every_kind(false), normal({1, 3, 12, 12}, 64), {"x"}, 1, {.batch = 4});
  const std::vector<Query> query{{0, 2}};
  Rules twice;  // every ReLU doubles what passes it
  twice.of_kind[Kind::relu] = [](const LayerPass& pass) {
    std::vector<Tensor> parts = local_gradient(pass);
    parts.front() = parts.front() * 2;
    return parts;
  };
  const int bent = subject.network().find("bent"), mix = subject.network().find("mix");
  const Tensor plain = subject.gradient(mix, query, Score::logit);
  EXPECT_GT(largest(plain), 0);
  EXPECT_TRUE(at::equal(subject.gradient(mix, query, Score::logit, twice), 2 * plain));
  EXPECT_TRUE(at::equal(subject.gradient(bent, query, Score::logit, twice),
                        subject.gradient(bent, query, Score::logit)));
}

}  // namespace
}  // namespace assay::test
