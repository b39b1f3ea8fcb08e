#pragma once

#include <cstdint>
#include <span>

#include "harness/core/params.h"
#include "harness/network/tensor.h"

namespace assay {

/// What a class loses when something on the image is not known (Robnik-Sikonja & Kononenko 2008; Zintgraf et
/// al. 2017; papers.md 2.2), with p its probability on the image and q the mean one without:
///   evidence:    log2 (p' / (1 - p')) - log2 (q' / (1 - q')),  p' = (p n + 1) / (n + K)  (Laplace), K
///   classes probability: p - q
/// Parameters `measure` and `laplace` (n).
class Evidence {
 public:
  explicit Evidence(Params& params);
  double lost(double p, double q, std::int64_t classes) const;

 private:
  double log_odds(double p, std::int64_t classes) const;

  bool weight_of_evidence_;
  double n_;
};

/// Logits [m*samples,K] -> [m,targets] in double on the CPU: the mean probability of each class over each
/// `samples` rows that follow each other. A value depends on neither the other classes nor the other rows.
Tensor mean_probabilities(const Tensor& logits, std::int64_t samples, std::span<const std::int64_t> targets);

}  // namespace assay
