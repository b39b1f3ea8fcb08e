#include "harness/train/siamese.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "tests/toy.h"

namespace assay {
namespace {

using test::exact;

struct Contrastive {
  double loss;
  Tensor gradient;  // of the first operand
};

Contrastive contrastive(const Tensor& a, const Tensor& b, const Tensor& similar, double margin) {
  const Tensor leaf = a.clone().set_requires_grad(true);
  const Tensor loss = contrastive_loss(leaf, b, similar, margin);
  return {loss.item<double>(), torch::autograd::grad({loss}, {leaf})[0]};
}

double at_(const Tensor& tensor, std::int64_t i, std::int64_t j) {
  return tensor[i][j].item<double>();
}

TEST(ContrastiveLoss, SimilarPairByHand) {  // d = 5: 25 / 2, gradient a - b
  const auto [loss, gradient] = contrastive(exact({3, 4}, {1, 2}), exact({0, 0}, {1, 2}), exact({1}, {1}), 7);
  EXPECT_NEAR(loss, 12.5, 1e-12);
  EXPECT_NEAR(at_(gradient, 0, 0), 3, 1e-9);
  EXPECT_NEAR(at_(gradient, 0, 1), 4, 1e-9);
}

TEST(ContrastiveLoss, DissimilarPairByHand) {  // d = 5, margin 7: (7-5)^2 / 2, gradient -(7-5) (a-b) / 5
  const auto [loss, gradient] = contrastive(exact({3, 4}, {1, 2}), exact({0, 0}, {1, 2}), exact({0}, {1}), 7);
  EXPECT_NEAR(loss, 2, 1e-8);
  EXPECT_NEAR(at_(gradient, 0, 0), -1.2, 1e-8);
  EXPECT_NEAR(at_(gradient, 0, 1), -1.6, 1e-8);
}

TEST(ContrastiveLoss, DissimilarPairBeyondTheMarginCostsNothing) {
  const auto [loss, gradient] = contrastive(exact({3, 4}, {1, 2}), exact({0, 0}, {1, 2}), exact({0}, {1}), 4);
  EXPECT_EQ(loss, 0);
  EXPECT_EQ(gradient.abs().sum().item<double>(), 0);
}

TEST(ContrastiveLoss, HasNoGradientWhereDissimilarCodesAreEqual) {
  const Tensor same = exact({0.5, 0.5}, {1, 2});
  const auto [loss, gradient] = contrastive(same, same, exact({0}, {1}), 5);
  EXPECT_NEAR(loss, 12.5, 1e-3);
  EXPECT_EQ(gradient.abs().sum().item<double>(), 0);
}

double slow_cross_entropy(const Tensor& logits, std::int64_t row, std::int64_t label) {
  double sum = 0;
  for (std::int64_t k = 0; k < logits.size(1); ++k) sum += std::exp(at_(logits, row, k));
  return std::log(sum) - at_(logits, row, label);
}

double slow_distance(const Tensor& embedding, std::int64_t i, std::int64_t j) {
  double squared = 0;
  for (std::int64_t k = 0; k < embedding.size(1); ++k) {
    const double a = 1 / (1 + std::exp(-at_(embedding, i, k))), b = 1 / (1 + std::exp(-at_(embedding, j, k)));
    squared += (a - b) * (a - b);
  }
  return std::sqrt(squared);
}

TEST(SiameseLoss, EqualsTheSlowReference) {
  const Tensor embedding = test::normal({4, 7}, 1).to(at::kDouble) * 3;
  const Tensor logits = test::normal({4, 3}, 2).to(at::kDouble);
  const std::vector<std::int64_t> labels{0, 2, 1, 2}, first{0, 1, 3}, second{2, 3, 0};
  const std::vector<double> similar{0, 1, 0};
  const SiameseWeights weights{.contrastive = 0.5, .cross_entropy = 0.25, .margin = 2};
  double contrastive = 0, entropy = 0;
  for (std::size_t p = 0; p < first.size(); ++p) {
    const double d = slow_distance(embedding, first[p], second[p]);
    const double missing = std::max(weights.margin - d, 0.0);
    contrastive += (similar[p] == 1 ? d * d : missing * missing) / 2 / 3;
    entropy += (slow_cross_entropy(logits, first[p], labels[first[p]]) +
                slow_cross_entropy(logits, second[p], labels[second[p]])) /
               3;
  }
  const SiameseLoss loss =
      siamese_loss(embedding, logits, at::tensor(labels),
                   {at::tensor(first), at::tensor(second), at::tensor(similar, at::kDouble)}, weights);
  EXPECT_NEAR(loss.contrastive, contrastive, 1e-7);
  EXPECT_NEAR(loss.cross_entropy, entropy / 2, 1e-9);
  EXPECT_NEAR(loss.total.item<double>(), 0.5 * contrastive + 0.25 * entropy, 1e-7);
}

}  // namespace
}  // namespace assay
