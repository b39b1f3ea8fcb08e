#include "metrics/masks.h"

#include <gtest/gtest.h>

#include "harness/network/tensor.h"
#include "harness/vision/vision.h"

namespace assay {
namespace {

Explanation explanation(std::vector<Tensor> maps) {
  return {std::move(maps), {{0, 0}, {0, 1}}};
}

TEST(ExplanationMask, OneMapIsThresholded) {
  const Tensor maps = at::rand({2, 9, 9});
  for (const std::int64_t query : {0, 1}) {
    EXPECT_TRUE(
        at::equal(explanation_mask(explanation({maps}), query, {0.3}, 1), top_mask(maps[query], 0.3)));
    const MaskRule authors{0.05, MaskRule::Kind::authors};
    EXPECT_TRUE(
        at::equal(explanation_mask(explanation({maps}), query, authors, 1), authors_mask(maps[query], 0.05)));
  }
}

TEST(ExplanationMask, SeveralMapsAreIntersectedAndNotThresholdedAgain) {
  const Tensor left = at::arange(100, at::kFloat).view({1, 10, 10}).expand({2, 10, 10});
  const Tensor both = explanation_mask(explanation({left, left.transpose(1, 2)}), 0, {0.5}, 1);
  EXPECT_TRUE(at::equal(both, at::logical_and(top_mask(left[0], 0.5), top_mask(left[0].t(), 0.5))));
  EXPECT_EQ(both.sum().item<std::int64_t>(), 25);
  EXPECT_EQ(explanation_mask(explanation({left, -left}), 0, {0.5}, 1).sum().item<std::int64_t>(), 0);
  EXPECT_EQ(
      explanation_mask(explanation({left, left.transpose(1, 2), -left}), 0, {0.5}, 1).any().item<bool>(),
      false);
}

TEST(ExplanationMask, RandomTiesFollowTheSeed) {
  const Tensor flat = at::zeros({2, 10, 10});
  const MaskRule rule{0.25, MaskRule::Kind::exact, true};
  const Tensor mask = explanation_mask(explanation({flat}), 0, rule, 1);
  EXPECT_EQ(mask.sum().item<std::int64_t>(), 25);
  EXPECT_TRUE(at::equal(mask, explanation_mask(explanation({flat}), 1, rule, 1)));
  EXPECT_FALSE(at::equal(mask, explanation_mask(explanation({flat}), 0, rule, 2)));
}

TEST(ExplanationMask, PartsHaveTheMasksThatTheyHaveAlone) {
  const Tensor flat = at::zeros({2, 10, 10});
  const Tensor halves = at::cat({at::zeros({2, 5, 10}), at::ones({2, 5, 10})}, 1);
  const MaskRule rule{0.25, MaskRule::Kind::exact, true};
  const Tensor one = explanation_mask(explanation({flat}), 0, rule, 7);
  const Tensor other = explanation_mask(explanation({halves}), 0, rule, 7);
  EXPECT_TRUE(at::equal(explanation_mask(explanation({flat, flat}), 0, rule, 7), one));
  EXPECT_TRUE(
      at::equal(explanation_mask(explanation({flat, halves}), 0, rule, 7), at::logical_and(one, other)));
}

}  // namespace
}  // namespace assay
