#pragma once

#include <cstdint>
#include <span>

#include "harness/network/tensor.h"
#include "harness/train/pairs.h"

namespace assay {

/// Weights of the losses of a pair (papers.md 8.4).
struct SiameseWeights {
  double contrastive = 0.5;
  double cross_entropy = 0.25;  // of either branch
  double margin = 5;
};

/// Contrastive loss as Caffe computes it (Hadsell 2006): for one pair with d = |a - b|
///   similar 1/2 d^2,  dissimilar 1/2 max(margin - d, 0)^2,  averaged over pairs.
/// `a`, `b` [P,D]; `similar` [P], 1 or 0, of their type. Differentiable; at d = 0 the gradient is 0.
Tensor contrastive_loss(const Tensor& a, const Tensor& b, const Tensor& similar, double margin);

/// Pairs of a minibatch in terms of its rows: pair p joins row first[p] and row second[p].
struct PairRows {
  Tensor first, second;  // int64 [P]
  Tensor similar;        // float [P], 1 or 0
};

struct SiameseLoss {
  Tensor total;                               // what is minimised
  double contrastive = 0, cross_entropy = 0;  // means over pairs; over both branches for the latter
};

/// Mean over pairs of
///   w.contrastive * contrastive(sigmoid(e_i), sigmoid(e_j)) + w.cross_entropy * (CE(z_i) + CE(z_j)).
/// `embedding` e [N,D] (fc8_s before its ReLU), `logits` z [N,K], `labels` int64 [N].
SiameseLoss siamese_loss(const Tensor& embedding, const Tensor& logits, const Tensor& labels,
                         const PairRows& pairs, const SiameseWeights& weights);

}  // namespace assay
