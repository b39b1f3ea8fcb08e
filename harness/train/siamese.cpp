#include "harness/train/siamese.h"

namespace assay {
namespace {

/// Added to d^2 under the root, as far below d^2 as Caffe's 1e-4 is below d.
constexpr double kTiny = 1e-8;

}  // namespace

Tensor contrastive_loss(const Tensor& a, const Tensor& b, const Tensor& similar, double margin) {
  const Tensor squared = (a - b).square().sum(1);
  const Tensor missing = (margin - (squared + kTiny).sqrt()).clamp_min(0).square();
  return (similar * squared + (1 - similar) * missing).mean() / 2;
}

SiameseLoss siamese_loss(const Tensor& embedding, const Tensor& logits, const Tensor& labels,
                         const PairRows& pairs, const SiameseWeights& weights) {
  const Tensor code = embedding.sigmoid();
  const Tensor contrastive = contrastive_loss(
      code.index_select(0, pairs.first), code.index_select(0, pairs.second), pairs.similar, weights.margin);
  const Tensor each = -logits.log_softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
  const Tensor both = each.index_select(0, pairs.first).mean() + each.index_select(0, pairs.second).mean();
  return {weights.contrastive * contrastive + weights.cross_entropy * both, contrastive.item<double>(),
          both.item<double>() / 2};
}

}  // namespace assay
